"""What a search has found, step by step: all that it needs to go on, and all that a reader wants to know of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from vitprune.architecture import Cost
from vitprune.errors import ArgumentInvalid
from vitprune.plan import PruningPlan
from vitprune.statistics import Estimate

FORMAT = "vitprune-search"
VERSION = 1

OBJECTIVES: Mapping[str, str] = {
    "kl": "KL divergence from the dense model's predictions, in nats",
    "loss": "increase of the cross-entropy, in nats",
    "angular": "angle to the dense model's output, over pi",
    "js": "Jensen-Shannon divergence of the predictions, in nats",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A site that could have gone, and the mean damage with which the model would be left, by the `n` images it was
    tried on. `tied`: on all images, it was not shown to be worse than the chosen one."""

    site: str
    mean: float
    standard_error: float
    n: int
    tied: bool = False


@dataclass(frozen=True)
class SearchStep:
    """One step of a search.

    `sites` go by now, the last of them since this step; `damage` is that of the model without them, with its interval.
    `candidates` are those of the step, in running order, the chosen one among them. `beams` are the best choices of
    sites, the first being `sites`. `forwards` is what trying the candidates cost, in forwards of the whole model for
    one image.
    """

    sites: tuple[str, ...]
    damage: Estimate
    candidates: tuple[Candidate, ...]
    beams: tuple[tuple[str, ...], ...]
    forwards: float

    @property
    def site(self) -> str:
        return self.sites[-1]

    @property
    def tied(self) -> tuple[str, ...]:
        """The sites of which the images do not tell that they would have been a worse choice."""
        return tuple(c.site for c in self.candidates if c.tied and c.site != self.site)


@dataclass(frozen=True)
class Rung:
    """One repair of one site: what it costs; the damage with which it leaves the model (the mean KL divergence from the
    dense model, or the mean angle where there is no head); and `worse`, the one-sided p-value of a damage larger than
    with the best repair of the site, by paired differences."""

    site: str
    cost: Cost
    damage: Estimate
    worse: float
    chosen: bool


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """What a search is for. The architecture, the weights and the data are named by their digests."""

    architecture: str
    weights: str
    data: str
    images: int
    objective: str = "kl"
    granularity: str = "sublayer"
    protect: tuple[str, ...] = ()
    width: int = 1
    repair: str = "none"
    target: str = "stream"
    racing: bool = True
    confidence: float = 0.95
    first: int = 24


@dataclass(frozen=True)
class SearchState:
    """A search as far as it has come."""

    settings: SearchSettings
    steps: tuple[SearchStep, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values; numbers that are none are None."""
        return {"format": FORMAT, "version": VERSION, **_plain(asdict(self))}

    @classmethod
    def from_json(cls, data: object) -> SearchState:
        """The inverse of `to_json`. Raises ArgumentInvalid for anything else."""
        if not isinstance(data, dict) or data.get("format") != FORMAT or data.get("version") != VERSION:
            raise ArgumentInvalid("This is not the state of a search that this version knows.", hint="Start it again.")
        try:
            settings = _made(SearchSettings, data["settings"])
            return cls(settings, tuple(_step(step) for step in data["steps"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ArgumentInvalid(
                "The state of the search is damaged.", hint="Start it again.", details=str(error)
            ) from None


@dataclass(frozen=True)
class SearchResult:
    """The first plan of a search that meets its budget, and how it came to be."""

    plan: PruningPlan
    state: SearchState

    @property
    def steps(self) -> tuple[SearchStep, ...]:
        return self.state.steps


@dataclass(frozen=True, slots=True)
class SearchPartial:
    """What is known in the middle of step number `step`, counted from 1: candidates in running order, those not yet
    tried left out."""

    step: int
    candidates: tuple[Candidate, ...]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _step(data: dict[str, Any]) -> SearchStep:
    return SearchStep(
        sites=tuple(map(str, data["sites"])),
        damage=_made(Estimate, data["damage"]),
        candidates=tuple(_made(Candidate, candidate) for candidate in data["candidates"]),
        beams=tuple(tuple(map(str, beam)) for beam in data["beams"]),
        forwards=float(data["forwards"]),
    )


def _made(kind: Any, data: dict[str, Any]) -> Any:
    """A value of plain fields, each of the type that it is declared to have."""
    if set(data) != {field.name for field in fields(kind)}:
        raise ValueError(f"fields of {kind.__name__}")
    values: dict[str, Any] = {}
    for field in fields(kind):
        value = data[field.name]
        match field.type:
            case "float":
                if isinstance(value, str):
                    raise TypeError(f"{field.name} is no number")
                values[field.name] = math.nan if value is None else float(value)
            case "int":
                values[field.name] = int(value)
            case "bool":
                values[field.name] = bool(value)
            case "str":
                values[field.name] = str(value)
            case _:
                values[field.name] = tuple(map(str, value))
    return kind(**values)
