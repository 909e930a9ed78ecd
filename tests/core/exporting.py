"""Exported folders of models in memory, for the tests of what is in them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from vitprune import PruningPlan, describe
from vitprune.export.folder import export
from vitprune.loading import KeyReport, LoadedModel
from vitprune.verification import _config_of, _reference_of


def loaded(model: nn.Module) -> LoadedModel:
    """A model that timm built, as it is when it comes from a file."""
    reference = _reference_of(model)
    assert reference is not None
    return LoadedModel(model, reference, describe(model), _config_of(model), KeyReport(0))


def write(model: LoadedModel | nn.Module, folder: Path, plan: PruningPlan | Mapping[str, str], **more: Any) -> Any:
    """What `export` answers; `plan` is one, or what becomes of which sites."""
    if isinstance(model, nn.Module):
        model = loaded(model)
    if not isinstance(plan, PruningPlan):
        plan = PruningPlan.of(model.architecture, plan)
    return export(
        model.module,
        plan,
        folder,
        architecture=model.architecture,
        reference=model.reference,
        data_config=model.data_config,
        **more,
    )
