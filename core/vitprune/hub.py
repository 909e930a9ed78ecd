"""Where published weights are: on this machine already, or on the hub."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlparse

from vitprune.errors import HubOffline, HubRefused

if TYPE_CHECKING:
    from timm.models import PretrainedCfg

TIMEOUT = 3.0  # seconds to wait for the first answer; the download itself takes what it takes
NAMES = (
    "model.safetensors",
    "pytorch_model.bin",
    "open_clip_model.safetensors",
    "open_clip_pytorch_model.safetensors",
    "open_clip_pytorch_model.bin",
)


class WeightsCache:
    """The weights that are on this machine, as its folders were when this was made. Asks no network."""

    def __init__(self) -> None:
        import torch
        from huggingface_hub import constants

        self.hub = Path(constants.HF_HUB_CACHE)
        self.downloads = Path(torch.hub.get_dir()) / "checkpoints"
        self._repositories = _names_in(self.hub)
        self._files = _names_in(self.downloads)

    def find(self, config: PretrainedCfg) -> Path | None:
        """The complete file of the weights that a timm configuration stands for."""
        return next((path for path in self._candidates(config) if path.is_file()), None)

    def _candidates(self, config: PretrainedCfg) -> Iterator[Path]:
        from huggingface_hub import try_to_load_from_cache

        if config.hf_hub_id:
            repository, revision = _split_revision(config.hf_hub_id)
            if f"models--{repository.replace('/', '--')}" in self._repositories:
                for name in _names(config):
                    try:
                        found = try_to_load_from_cache(repository, name, cache_dir=self.hub, revision=revision)
                    except (OSError, ValueError):  # a folder that only looks like a repository
                        continue
                    if isinstance(found, str):
                        yield Path(found)
        elif (name := _url_name(config)) in self._files:
            yield self.downloads / name


def fetch(name: str, config: PretrainedCfg) -> Path:
    """The file of the weights that a timm configuration stands for, downloaded where it is not on this machine.

    Raises HubOffline when the hub cannot be reached and HubRefused when it answers but does not hand them out.
    """
    cache = WeightsCache()
    if found := cache.find(config):
        return found
    if config.hf_hub_id:
        return _fetch_from_hub(name, config, cache)
    return _fetch_from_url(name, config, cache)


def _fetch_from_hub(name: str, config: PretrainedCfg, cache: WeightsCache) -> Path:
    from huggingface_hub import constants, errors, get_hf_file_metadata, hf_hub_download, hf_hub_url

    repository, revision = _split_revision(config.hf_hub_id or "")
    if constants.HF_HUB_OFFLINE:
        raise _offline(name, cache.hub, "HF_HUB_OFFLINE is set")
    for file in _names(config):
        try:
            # Asked first, because hf_hub_download without a network retries for half a minute.
            get_hf_file_metadata(hf_hub_url(repository, file, revision=revision), timeout=TIMEOUT)
            return Path(hf_hub_download(repository, file, revision=revision, cache_dir=cache.hub))
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
            raise _offline(name, cache.hub, repr(error)) from error
    raise HubRefused(
        f"The hub's repository of {name} has no weights file.", hint=f"Looked in {repository} for {', '.join(NAMES)}."
    )


def _fetch_from_url(name: str, config: PretrainedCfg, cache: WeightsCache) -> Path:
    from urllib.request import Request, urlopen

    import torch
    from huggingface_hub import constants

    url = config.url if isinstance(config.url, str) else ""
    if constants.HF_HUB_OFFLINE:
        raise _offline(name, cache.downloads, "HF_HUB_OFFLINE is set")
    target = cache.downloads / _url_name(config)
    try:
        # torch's own download waits for an answer for ever.
        with urlopen(Request(url, method="HEAD"), timeout=TIMEOUT):  # noqa: S310 - from timm's registry
            pass
        target.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(url, str(target), progress=False)
    except Exception as error:
        raise _offline(name, cache.downloads, repr(error)) from error
    return target


def _offline(name: str, folder: Path, details: str) -> HubOffline:
    return HubOffline(
        f"The weights of {name} are not on this machine and the hub cannot be reached (looked in {folder}).",
        hint="Open the model once with a network connection, or copy the cache folder of a machine that has it; "
        "“On this machine” in the model browser, or `vitprune models --cached`, shows what is here.",
        details=details,
    )


def _names(config: PretrainedCfg) -> tuple[str, ...]:
    """The file names to look for in a repository, safetensors first."""
    if not config.hf_hub_filename:
        return NAMES
    return (str(PurePosixPath(config.hf_hub_filename).with_suffix(".safetensors")), config.hf_hub_filename)


def _split_revision(hub_id: str) -> tuple[str, str | None]:
    repository, _, revision = hub_id.partition("@")
    return repository, revision or None


def _url_name(config: PretrainedCfg) -> str:
    return PurePosixPath(urlparse(config.url).path).name if isinstance(config.url, str) else ""


def _names_in(folder: Path) -> frozenset[str]:
    try:
        return frozenset(os.listdir(folder))
    except OSError:  # no cache yet, or one that cannot be read
        return frozenset()
