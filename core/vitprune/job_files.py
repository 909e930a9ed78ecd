"""Job files: what a model is to go through, written down once and run anywhere with `vitprune run JOB.toml`.

Each of its steps is a verb of the command line, and what a step says are options of that verb.
"""

from __future__ import annotations

import difflib
import json
import math
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vitprune.errors import JobInvalid, SaveFailed
from vitprune.plan import LARGEST_FILE
from vitprune.sources import SAMPLE, Source

SUFFIX = ".toml"
VERSION = 1
VERBS = ("analyze", "study", "plan", "evaluate", "export", "recover", "verify")
SAMPLED = ("analyze", "study", "evaluate", "recover")  # verbs that can take some of the images

_TEXT, _NUMBER, _SWITCH, _TABLE = (str,), (int,), (bool,), (dict,)
_KEYS: dict[str, dict[str, tuple[type, ...]]] = {
    "": {"version": _NUMBER, "session": _TEXT, "model": _TABLE, "images": _TABLE, "machine": _TABLE, "plan": _TABLE,
         "step": (list,)},
    "model": {"source": _TEXT, "architecture": _TEXT, "args": _TABLE, "class_names": (list,)},
    "images": {"data": _TEXT, "test": _TEXT, "calibration": _TEXT, "count": _NUMBER, "seed": _NUMBER},
    "machine": {"device": _TEXT, "batch_size": (int, str), "threads": _NUMBER, "precision": _TEXT,
                "channels_last": _SWITCH, "compile": _SWITCH},
}  # fmt: skip
_PATHS = ("output", "session", "plan", "report", "data", "test", "calibration", "images")


@dataclass(frozen=True)
class JobFile:
    """A job as it is written. `plan` is what `PruningPlan.to_json` gives, `images` and `machine` are options for all
    steps that take them; a step is its verb under "do", and options of that verb with _ for -."""

    model: Source
    images: Mapping[str, Any] = field(default_factory=dict)
    machine: Mapping[str, Any] = field(default_factory=dict)
    plan: Mapping[str, Any] | None = None
    session: str = ""
    steps: Sequence[Mapping[str, Any]] = ()

    def to_toml(self) -> str:
        model = {"source": self.model.name, "architecture": self.model.architecture}
        model |= {"class_names": list(self.model.class_names), "args": dict(self.model.model_args)}
        tables = {"model": model, "images": self.images, "machine": self.machine, "plan": self.plan}
        lines = ["# Run it with: vitprune run FILE", f"version = {VERSION}"]
        lines += [f"session = {_written(self.session)}"] if self.session else []
        for name, table in tables.items():
            given = {key: value for key, value in (table or {}).items() if value not in (None, [], {})}
            lines += ["", f"[{name}]", *_lines(given)] if given else []
        for step in self.steps:
            lines += ["", "[[step]]", *_lines(step)]
        return "\n".join(lines) + "\n"

    def write(self, path: Path) -> None:
        """Raises SaveFailed."""
        try:
            path.write_text(self.to_toml(), "utf-8")
        except OSError as error:
            raise SaveFailed(f"{path} cannot be written: {error.strerror}.", hint="Choose another place.") from error


def read(path: Path) -> JobFile:
    """A job from a file of anybody. Raises JobInvalid, which names what is wrong and the nearest that is known."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise JobInvalid(f"{path} is too large for a job file.")
        data = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise JobInvalid(f"There is no file {path}.", hint="docs/big-machines.md shows what is in one.") from None
    except (OSError, ValueError, RecursionError) as error:
        raise JobInvalid(f"{path} is no job file: {error}.", hint="docs/big-machines.md shows one.") from error
    _check("", data)
    for name in ("model", "images", "machine"):
        _check(name, data.get(name, {}))
    if data.get("version") != VERSION:
        raise JobInvalid(
            f"The job says version = {data.get('version')!r}.", hint=f"This program reads version = {VERSION}."
        )
    model = data.get("model", {})
    if not model.get("source"):
        raise JobInvalid("The job names no model.", hint='Say source = "..." in [model].')
    steps = data.get("step", [])
    if not steps or not all(isinstance(step, dict) and isinstance(step.get("do"), str) for step in steps):
        raise JobInvalid("The job has no step.", hint='Each [[step]] says do = "analyze" or another verb.')
    for step in steps:
        if step["do"] not in VERBS:
            raise unknown("step", step["do"], VERBS)
    names = model.get("class_names", [])
    source = Source(model["source"], model.get("architecture"), model.get("args", {}), tuple(map(str, names)))
    if source.unsaid:
        raise JobInvalid(f"The job cannot say {', '.join(source.unsaid)} of a model.")
    return JobFile(
        source, data.get("images", {}), data.get("machine", {}), data.get("plan"), data.get("session", ""), steps
    )


class Commands:
    """The steps of a job as words for the command line. `options` says which a verb has: names, each with whether it
    is a switch."""

    def __init__(self, job: JobFile, path: Path, options: Mapping[str, Mapping[str, bool]]) -> None:
        self._job = job
        self._folder = path.absolute().parent
        self._stem = path.name.removesuffix(SUFFIX)
        self._options = options
        self.session = self._place(job.session or f"{self._stem}.vitprune.h5")
        self.plan_file = self._place(f"{self._stem}.plan.json")
        self._plan = self.plan_file if job.plan is not None else ""

    def words(self) -> list[list[str]]:
        """Those of each step. Raises JobInvalid for what a verb does not take, or misses."""
        return [self._words(number, step) for number, step in enumerate(self._job.steps, 1)]

    def _words(self, number: int, step: Mapping[str, Any]) -> list[str]:
        verb, options = step["do"], self._options[step["do"]]
        given = {key: value for key, value in step.items() if key != "do"}
        if wrong := [key for key in given if key not in options]:
            raise unknown(f"key of step {number} ({verb})", wrong[0], sorted(options))
        images, machine = self._job.images, self._job.machine
        data = given.pop("data", images.get("data"))
        test = given.pop("test", images.get("test"))
        usual: dict[str, Any] = {key: value for key, value in machine.items() if key in options}
        if verb in SAMPLED:
            usual |= {key: images[name] for key, name in (("images", "count"), ("seed", "seed")) if name in images}
        positional = [self._model()]
        match verb:
            case "analyze" | "recover":
                positional.append(self._needed(data, verb))
            case "evaluate":
                positional.append(self._needed(test or data, verb))
            case "study":
                usual |= {"data": self._needed(data, verb)}
            case "plan":
                positional = [self._place(given.pop("session", self.session))]
        if verb in ("study", "recover") and test:
            usual["test"] = test
        if "plan" in options and self._plan:
            usual["plan"] = self._plan
        if "calibration" in options and (fitted := images.get("calibration", data)):
            usual["calibration"] = fitted
        usual |= {"output": output} if (output := self._output(verb)) else {}
        asked = usual | given
        if "remove" in given or "target" in given or "ratios" in given:  # of these one is said
            asked = {key: value for key, value in asked.items() if key in given or key not in ("remove", "target")}
        if verb == "plan":
            self._plan = self._place(asked["output"])
        words = [verb, *positional, *(self._job.model.options if verb != "plan" else [])]
        for key, value in asked.items():
            words += self._said(f"step {number} ({verb})", key, value, switch=options[key])
        return words

    def _model(self) -> str:
        """Beside the job file, where it is there; else as it is said."""
        name = self._job.model.name
        return str(self._folder / name) if name != SAMPLE and (self._folder / name).exists() else name

    def _output(self, verb: str) -> str:
        match verb:
            case "analyze" | "evaluate":
                return self.session
            case "plan":
                return self.plan_file
            case "study":
                return self._place(f"{self._stem}.study.vitprune.h5")
            case "export" | "recover":
                return self._place(f"{self._stem}.{verb}ed")
        return ""

    def _needed(self, data: Any, verb: str) -> str:
        if not isinstance(data, str) or not data:
            raise JobInvalid(f"The step {verb} has no images.", hint='Say data = "FOLDER" in [images].')
        return self._place(data)

    def _place(self, name: str) -> str:
        """Paths are relative to the job file."""
        return name if name == SAMPLE else str(self._folder / name)

    def _said(self, where: str, key: str, value: Any, *, switch: bool) -> list[str]:
        option = f"--{key.replace('_', '-')}"
        if switch or isinstance(value, bool):
            if not (switch and isinstance(value, bool)):
                raise JobInvalid(f"{key} of {where} is {'true or false' if switch else 'not true or false'}.")
            return [option] if value else []
        if isinstance(value, list):
            value = ",".join(map(str, value))
        if not isinstance(value, (str, int, float)):
            raise JobInvalid(f"{key} of {where} is neither a text nor a number nor a list of those.")
        if key in _PATHS and isinstance(value, str):
            value = self._place(value)
        return [f"{option}={value}"]


def unknown(what: str, name: str, known: Collection[str]) -> JobInvalid:
    """There is no such thing; did they mean this one?"""
    near = difflib.get_close_matches(name, known, 1)
    hint = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}."
    return JobInvalid(f"There is no {what} called {name!r}.", hint=hint)


def _check(name: str, table: Mapping[str, Any]) -> None:
    known = _KEYS[name]
    for key, value in table.items():
        what = f"{name}.{key}" if name else key
        if key not in known:
            raise unknown(f"key of [{name}]" if name else "key", key, tuple(known))
        if not isinstance(value, known[key]) or (isinstance(value, bool) and bool not in known[key]):
            kinds = {str: "a text", int: "a whole number", bool: "true or false", dict: "a table", list: "a list"}
            raise JobInvalid(f"{what} is {value!r}, and not {' or '.join(kinds[kind] for kind in known[key])}.")


def _lines(table: Mapping[str, Any]) -> list[str]:
    return [f"{_key(key)} = {_written(value)}" for key, value in table.items()]


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").replace("-", "").isalnum() else _written(name)


def _written(value: Any) -> str:
    """A value as TOML has it; strings of JSON are its strings, but for a character that only JSON lets stand."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case int():
            return str(value)
        case float() if math.isfinite(value):
            return repr(value)
        case list() | tuple():
            return f"[{', '.join(map(_written, value))}]"
        case Mapping():
            return f"{{{', '.join(f'{_key(key)} = {_written(item)}' for key, item in value.items())}}}"
    raise ValueError(f"{value!r} cannot be written into a job file")
