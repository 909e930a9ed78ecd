"""Every failure that a user can meet: a code to look up, a sentence that says what is wrong, and a next step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self


class VitPruneError(Exception):
    """A user's mistake or a fault of the world, never a defect of the program.

    `message` says what is wrong in one sentence, `hint` what to do next, `details` holds what a maintainer wants.
    """

    code: ClassVar[str] = "ERROR"

    def __init__(self, message: str, *, hint: str = "", details: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = details

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class ModelNotFound(VitPruneError):
    code = "MODEL_NOT_FOUND"


class ModelUnsupported(VitPruneError):
    code = "MODEL_UNSUPPORTED"


class ModelNotFinite(VitPruneError):
    code = "MODEL_NOT_FINITE"


class HubOffline(VitPruneError):
    code = "HUB_OFFLINE"


class HubRefused(VitPruneError):
    """The hub answers, but does not hand out these weights: gated, private or gone."""

    code = "HUB_REFUSED"


class WeightsUnreadable(VitPruneError):
    code = "WEIGHTS_UNREADABLE"


class WeightsUnsafe(VitPruneError):
    code = "WEIGHTS_UNSAFE"


class WeightsMismatch(VitPruneError):
    code = "WEIGHTS_MISMATCH"


class RecipeInvalid(VitPruneError):
    code = "RECIPE_INVALID"


class DatasetNotFound(VitPruneError):
    code = "DATASET_NOT_FOUND"


class DatasetEmpty(VitPruneError):
    code = "DATASET_EMPTY"


class DatasetChanged(VitPruneError):
    """An image is not what it was when the images were opened."""

    code = "DATASET_CHANGED"


class ImageUnreadable(VitPruneError):
    code = "IMAGE_UNREADABLE"


class DatasetLabels(VitPruneError):
    code = "DATASET_LABELS"


class ComparisonImpossible(VitPruneError):
    """Figures that do not belong beside each other: of other images, or timed otherwise."""

    code = "COMPARISON_IMPOSSIBLE"


class PlanInvalid(VitPruneError):
    code = "PLAN_INVALID"


class JobInvalid(VitPruneError):
    """A job file that is none, or that asks for what there is not."""

    code = "JOB_INVALID"


class CompileFailed(VitPruneError):
    """torch.compile does not take this model, or has no compiler here."""

    code = "COMPILE_FAILED"


class OutOfMemory(VitPruneError):
    code = "OUT_OF_MEMORY"


class ArgumentInvalid(VitPruneError):
    code = "ARGUMENT_INVALID"


class ProcessLost(VitPruneError):
    """One of several processes that share the work ended without saying why."""

    code = "PROCESS_LOST"


class SessionNotFound(VitPruneError):
    code = "SESSION_NOT_FOUND"


class SessionUnreadable(VitPruneError):
    """Not a session at all, or one that is damaged."""

    code = "SESSION_UNREADABLE"


class SessionTruncated(SessionUnreadable):
    code = "SESSION_TRUNCATED"


class SessionDamaged(SessionUnreadable):
    code = "SESSION_CHECKSUM"


class SessionUnsafe(SessionUnreadable):
    """Holds something that no session has: a link out of the file, foreign storage, Python objects."""

    code = "SESSION_UNSAFE"


class SessionTooNew(SessionUnreadable):
    code = "SESSION_TOO_NEW"


class SessionTooLarge(SessionUnreadable):
    """Takes more memory or time to read than its size can justify."""

    code = "SESSION_TOO_LARGE"


class SessionCrashed(SessionUnreadable):
    """Reading it ended the process that looks at files first."""

    code = "SESSION_CRASHED"


class ExtraMissing(VitPruneError):
    """What was asked for needs packages that are an extra of this one."""

    code = "EXTRA_MISSING"

    @classmethod
    def of(cls, what: str, needs: Sequence[str], missing: Sequence[str], extra: str) -> Self:
        """`what`, as its users call it, needs packages of which some are `missing`, and the `extra` installs all."""
        return cls(
            f"{what} needs {_and(needs)}; {_and(missing)} {'is' if len(missing) == 1 else 'are'} not installed.",
            hint=f'Install them: pip install "vitprune[{extra}]"',
        )


class ExportFailed(VitPruneError):
    """A model cannot be written in a format, or does not say the same from there."""

    code = "EXPORT_FAILED"


class SaveFailed(VitPruneError):
    code = "SAVE_FAILED"


class SessionChanged(SaveFailed):
    """The file is no longer the one that the caller knows: saving would lose what somebody else saved."""

    code = "SESSION_CHANGED_ON_DISK"


class DiskFull(SaveFailed):
    code = "DISK_FULL"


class SaveDenied(SaveFailed):
    code = "SAVE_DENIED"


class DisplayUnavailable(VitPruneError):
    code = "DISPLAY_UNAVAILABLE"


def _and(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def by_code() -> dict[str, type[VitPruneError]]:
    """All of them: what another process says of a failure is its code."""
    found = (kind for kind in globals().values() if isinstance(kind, type) and issubclass(kind, VitPruneError))
    return {kind.code: kind for kind in found}
