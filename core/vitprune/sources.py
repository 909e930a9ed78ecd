"""What stands for a model: how it is opened again, and how the command line says it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vitprune.results import ModelReference  # numpy comes with it, and the window imports this at its start

SAMPLE = "sample"
SUFFIXES = (".safetensors", ".pth", ".pt", ".bin")
"""Of weights files, which do not say what they are of."""


@dataclass(frozen=True)
class Source:
    """What `loading.open_model` takes. Only a weights file has an `architecture`."""

    name: str
    architecture: str | None = None
    model_args: Mapping[str, Any] = field(default_factory=dict)
    class_names: tuple[str, ...] = ()

    @classmethod
    def of(cls, reference: ModelReference) -> Source:
        """What opens a model again. The sample and an exported folder say themselves how they are built."""
        name = reference.source
        if name == SAMPLE or _is_folder(name):
            return cls(name)
        architecture = reference.architecture if name.lower().endswith(SUFFIXES) else None
        return cls(name, architecture, reference.model_args, reference.class_names)

    @property
    def options(self) -> list[str]:
        """Those that belong to the name on a command line, without what is `unsaid`."""
        said = {name: word for name, value in sorted(self.model_args.items()) if (word := _word(name, value))}
        words = ["--architecture", self.architecture] if self.architecture else []
        words += ["--model-args", ",".join(said.values())] if said else []
        words += ["--class-names", ",".join(self.class_names)] if self._sayable_names and self.class_names else []
        return words

    @property
    def unsaid(self) -> tuple[str, ...]:
        """What the command line has no way to say, though Python has: names of arguments, `class_names`."""
        found = [name for name, value in sorted(self.model_args.items()) if not _word(name, value)]
        return (*found, *([] if self._sayable_names else ["class_names"]))

    @property
    def _sayable_names(self) -> bool:
        return names_in(",".join(self.class_names)) == self.class_names


def names_in(text: str) -> tuple[str, ...]:
    """A,B,..."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def model_args_in(text: str) -> dict[str, Any]:
    """img_size=112,num_classes=10: each value as JSON has it, or else a word. Raises ValueError."""
    args: dict[str, Any] = {}
    for part in text.split(","):
        name, equals, value = part.partition("=")
        if not equals or not name.strip().isidentifier():
            raise ValueError(f"{part!r} is not NAME=VALUE")
        try:
            args[name.strip()] = json.loads(value.strip().lower() if value.strip() in ("True", "False") else value)
        except ValueError:
            args[name.strip()] = value.strip()
    return args


def _word(name: str, value: object) -> str:
    """NAME=VALUE that `model_args_in` reads as this very argument; "" where there is none."""
    for text in (str(value), json.dumps(value)) if isinstance(value, str) else (json.dumps(value),):
        try:
            read = model_args_in(f"{name}={text}")
        except ValueError:
            continue
        if read == {name: value} and type(read[name]) is type(value):
            return f"{name}={text}"
    return ""


def _is_folder(name: str) -> bool:
    """Without looking where that can be told: what a session says does not depend on the machine that it is read on."""
    if name.lower().endswith(SUFFIXES):
        return Path(name).is_dir()
    return any(character in name for character in "/\\:")
