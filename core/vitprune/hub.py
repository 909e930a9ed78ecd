"""Where published weights are: on this machine already, or on the hub."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

from vitprune.errors import DiskFull, HubOffline, HubRefused, SaveDenied

if TYPE_CHECKING:
    from timm.models import PretrainedCfg

TIMEOUT = 3.0  # seconds to wait for the first answer; the download itself takes what it takes
STALLED = 10.0  # seconds without a byte
NAMES = (
    "model.safetensors",
    "pytorch_model.bin",
    "open_clip_model.safetensors",
    "open_clip_pytorch_model.safetensors",
    "open_clip_pytorch_model.bin",
)


@dataclass(frozen=True, slots=True)
class Weights:
    """Where published weights are to be had, as a timm configuration says it: a repository of the hub with, where it is
    not the usual one, the name of a file; without a repository an address."""

    hf_hub_id: str = ""
    hf_hub_filename: str = ""
    url: str = ""


Report = Callable[[int, int], None]
"""Called with the bytes that are here and those of the whole file, 0 while that is not known."""


class WeightsCache:
    """The weights that are on this machine, as its folders were when this was made. Asks no network."""

    def __init__(self) -> None:
        from huggingface_hub import constants

        self.hub = Path(constants.HF_HUB_CACHE)
        self.downloads = _torch_folder() / "hub" / "checkpoints"
        self._repositories = _names_in(self.hub)
        self._files = _names_in(self.downloads)

    def find(self, config: PretrainedCfg | Weights) -> Path | None:
        """The complete file of the weights that a timm configuration stands for."""
        return next((path for path in self._candidates(config) if path.is_file()), None)

    def _candidates(self, config: PretrainedCfg | Weights) -> Iterator[Path]:
        if config.hf_hub_id:
            repository, revision = _split_revision(config.hf_hub_id)
            if f"models--{repository.replace('/', '--')}" in self._repositories:
                from huggingface_hub import try_to_load_from_cache

                for name in _names(config):
                    try:
                        found = try_to_load_from_cache(repository, name, cache_dir=self.hub, revision=revision)
                    except (OSError, ValueError):  # a folder that only looks like a repository
                        continue
                    if isinstance(found, str):
                        yield Path(found)
        elif (name := _url_name(config)) in self._files:
            yield self.downloads / name


def offline() -> bool:
    """Whether the user forbade the network, by HF_HUB_OFFLINE."""
    from huggingface_hub import constants

    return bool(constants.HF_HUB_OFFLINE)


def page(config: PretrainedCfg | Weights) -> str:
    """The address of the hub's page about these weights; where there is none, that of the file."""
    from huggingface_hub import constants

    if config.hf_hub_id:
        return f"{constants.ENDPOINT}/{_split_revision(config.hf_hub_id)[0]}"
    return config.url if isinstance(config.url, str) else ""


def fetch(name: str, config: PretrainedCfg | Weights, *, report: Report | None = None) -> Path:
    """The file of the weights that a timm configuration stands for, downloaded where it is not on this machine.

    Raises HubOffline when the hub cannot be reached or the line breaks, HubRefused when it answers but does not hand
    them out, DiskFull and SaveDenied when there is no place for them. Without `report` the hub draws its own bar on a
    terminal.
    """
    cache = WeightsCache()
    if found := cache.find(config):
        return found
    if config.hf_hub_id:
        return _fetch_from_hub(name, config, cache, report)
    return _fetch_from_url(name, config, cache, report)


def _fetch_from_hub(name: str, config: PretrainedCfg | Weights, cache: WeightsCache, report: Report | None) -> Path:
    from huggingface_hub import constants, errors, get_hf_file_metadata, hf_hub_download, hf_hub_url

    repository, revision = _split_revision(config.hf_hub_id or "")
    if constants.HF_HUB_OFFLINE:
        raise _offline(name, cache.hub, "HF_HUB_OFFLINE is set")
    bar = _bar(report) if report else None
    for file in _names(config):
        try:
            # Asked first, because hf_hub_download without a network retries for half a minute.
            get_hf_file_metadata(hf_hub_url(repository, file, revision=revision), timeout=TIMEOUT)
            return Path(hf_hub_download(repository, file, revision=revision, cache_dir=cache.hub, tqdm_class=bar))
        except errors.EntryNotFoundError as error:
            if isinstance(error, errors.LocalEntryNotFoundError):
                raise _offline(name, cache.hub, repr(error)) from error
        except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError) as error:  # gated ones too
            raise HubRefused(
                f"The hub does not hand out the weights of {name}.",
                hint=f"Look at the page of {repository} on the hub: its licence may have to be accepted first, "
                "then log in with `hf auth login`.",
                details=repr(error),
            ) from error
        except Exception as error:
            raise _failure(name, cache.hub, error, bar.done if bar else 0) from error
    raise HubRefused(
        f"The hub's repository of {name} has no weights file.", hint=f"Looked in {repository} for {', '.join(NAMES)}."
    )


def _fetch_from_url(name: str, config: PretrainedCfg | Weights, cache: WeightsCache, report: Report | None) -> Path:
    from urllib.request import Request, urlopen

    from huggingface_hub import constants

    url = config.url if isinstance(config.url, str) else ""
    if constants.HF_HUB_OFFLINE:
        raise _offline(name, cache.downloads, "HF_HUB_OFFLINE is set")
    target = cache.downloads / _url_name(config)
    part, done = target.with_name(f"{target.name}.{os.getpid()}.part"), 0
    try:
        with urlopen(Request(url, method="HEAD"), timeout=TIMEOUT):  # noqa: S310 - from timm's registry
            pass
        with urlopen(url, timeout=STALLED) as answer:  # noqa: S310
            total = int(answer.headers.get("Content-Length") or 0)
            target.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                while piece := answer.read1(1 << 16):
                    file.write(piece)
                    done += len(piece)
                    if report:
                        report(done, total)
        if total and done != total:
            raise ConnectionError(f"{done} of {total} bytes came")
        part.replace(target)
    except Exception as error:
        raise _failure(name, cache.downloads, error, done) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return target


def _bar(report: Report) -> Any:
    """What the hub tells of its progress, as the kind of bar that it asks for. `done` is the latest."""
    from tqdm import tqdm

    class Bar(tqdm):
        done = 0

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **{**options, "disable": True})
            # What is disabled keeps no account of its own.
            self.here, self.total = int(options.get("initial") or 0), options.get("total")

        def update(self, n: float | None = 1) -> bool | None:
            self.here += int(n or 0)
            type(self).done = self.here
            report(self.here, int(self.total or 0))
            return None

        def update_transfer(self, n: float) -> None:
            """Bytes on the wire, which are fewer where the hub packs them; with this the hub makes one bar, not two."""

    return Bar


def _failure(name: str, folder: Path, error: Exception, done: int) -> Exception:
    """What went wrong, by its name. `done`: the bytes that had come."""
    number = error.errno if isinstance(error, OSError) else None
    if number in (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return DiskFull(
            f"There is no room for the weights of {name} in {folder}.",
            hint="Free some space, or set HF_HOME to a folder on another drive.",
            details=repr(error),
        )
    if number in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
        return SaveDenied(
            f"The weights of {name} cannot be written to {folder}.",
            hint="Change the permissions of that folder, or set HF_HOME to another one.",
            details=repr(error),
        )
    if done:
        return HubOffline(
            f"The download of {name} broke off after {done / 1e6:.1f} MB.",
            hint="Check the network, then download again. Nothing of it counts as being on this machine.",
            details=repr(error),
        )
    return _offline(name, folder, repr(error))


def _offline(name: str, folder: Path, details: str) -> HubOffline:
    return HubOffline(
        f"The weights of {name} are not on this machine and the hub cannot be reached (looked in {folder}).",
        hint="Open the model once with a network connection, or copy the cache folder of a machine that has it; "
        "“On this machine” in the model browser, or `vitprune models --cached`, shows what is here.",
        details=details,
    )


def _names(config: PretrainedCfg | Weights) -> tuple[str, ...]:
    """The file names to look for in a repository, safetensors first."""
    if not config.hf_hub_filename:
        return NAMES
    return (str(PurePosixPath(config.hf_hub_filename).with_suffix(".safetensors")), config.hf_hub_filename)


def _split_revision(hub_id: str) -> tuple[str, str | None]:
    repository, _, revision = hub_id.partition("@")
    return repository, revision or None


def _url_name(config: PretrainedCfg | Weights) -> str:
    return PurePosixPath(urlparse(config.url).path).name if isinstance(config.url, str) else ""


def _names_in(folder: Path) -> frozenset[str]:
    try:
        return frozenset(os.listdir(folder))
    except OSError:  # no cache yet, or one that cannot be read
        return frozenset()


def _torch_folder() -> Path:
    """Where torch keeps what it downloads, by its own rule, without torch."""
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(os.environ.get("TORCH_HOME") or os.path.join(cache, "torch")).expanduser()
