"""What every block family has to hold: a test class of a family inherits this and names its models and its exits."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import timm
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from tests.core.rebuilding import rebuild
from tests.core.small_models import hooks_of
from vitprune import PruningPlan, apply, describe, score
from vitprune.architecture import Architecture, Kind, Site
from vitprune.export.folder import export
from vitprune.families import adopt
from vitprune.results import ModelReference
from vitprune.surgery import cut, removals_of
from vitprune.verification import _config_of

TOLERANCE = 1e-5
BATCH = 2
RANDOM_PLANS = 5
Arguments = dict[str, Any]


def build(architecture: str, arguments: Arguments) -> nn.Module:
    """A timm model in evaluation mode in which every parameter and running statistic is random and matters."""
    torch.manual_seed(0)
    model = timm.create_model(architecture, pretrained=False, **arguments)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if parameter.ndim > 1:
                parameter.copy_(noise * parameter[0].numel() ** -0.5)
            else:
                parameter.copy_(0.3 * noise + 0.6)
        for name, buffer in model.named_buffers():
            if name.endswith("running_mean"):
                buffer.copy_(0.3 * torch.randn(buffer.shape, generator=generator))
            elif name.endswith("running_var"):
                buffer.copy_(0.5 + torch.rand(buffer.shape, generator=generator))
    return model.eval()


def reduced(create: Any, **small: Any) -> Any:
    """One of timm's `_create_...`, which makes smaller models than the functions around it let anybody ask for."""

    def created(variant: str, **arguments: Any) -> nn.Module:
        return create(variant, **arguments | small)

    return created


class FamilyConformance:
    """`MODELS`: test id to timm architecture and arguments, reduced in size. `EXITS`: the last part of a branch's id to
    the module of its block whose output is what the branch adds; where branches share one, with the number of the
    call. `STREAM`: the place of the residual stream among the block's arguments and outputs."""

    MODELS: ClassVar[dict[str, tuple[str, Arguments]]]
    EXITS: ClassVar[dict[str, str | tuple[str, int]]]
    STREAM: ClassVar[int] = 0

    def test_pruned_is_the_model_minus_its_sites(
        self, case: str, record_property: Callable[[str, object], None]
    ) -> None:
        model = build(*self.MODELS[case])
        architecture = describe(model)
        batch = images(architecture)
        dense, macs = run(model, batch)
        assert architecture.macs == macs
        assert architecture.params == sum(p.numel() for p in model.parameters())
        assert architecture.sublayers or architecture.blocks
        largest = 0.0
        for plan in plans(architecture):
            summary = plan.summary(architecture)
            pruned = apply(plan, model) if len(plan) > 1 else quickly(plan, model)
            found, macs = run(pruned, batch)
            with self.without(model, architecture, plan):
                expected = logits_of(model, batch)
            difference = float((found - expected).abs().max() / expected.abs().max())
            assert difference <= TOLERANCE, plan.sites
            assert not torch.allclose(found, dense, rtol=1e-4, atol=1e-6), plan.sites
            assert summary.params == sum(p.numel() for p in pruned.parameters()), plan.sites
            assert summary.macs == macs, plan.sites
            if len(plan) > 1:
                assert describe(pruned, architecture.input_size).macs == macs
            largest = max(largest, difference)
        assert hooks_of(model) == 0
        assert torch.equal(logits_of(model, batch), dense)
        record_property("architecture", self.MODELS[case][0])
        record_property("sites", len(architecture.prunable))
        record_property("difference", largest)

    def test_scores_are_those_of_the_stream(self, case: str) -> None:
        """Against blocks that run alone, on what they are given in the model, with and without each branch."""
        model = build(*self.MODELS[case])
        architecture = describe(model)
        batch = images(architecture)
        before = {name: value.clone() for name, value in model.state_dict().items()}
        scores = score(model, batch.split(1), ("cosine",))["cosine"]
        assert hooks_of(model) == 0
        assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
        assert {site.id for site in architecture.sublayers} <= scores.keys()
        for site, expected in self.cosines(model, architecture, batch).items():
            found = torch.from_numpy(scores[site].per_image.copy())
            torch.testing.assert_close(found, expected, rtol=0, atol=3e-6, msg=lambda m, s=site: f"{s}: {m}")

    def test_exports_are_rebuilt_bit_for_bit(self, tmp_path: Path) -> None:
        expected: dict[Path, Tensor] = {}
        for place, (name, arguments) in enumerate(self.MODELS.values()):
            model = build(name, arguments)
            architecture = describe(model)
            *_, plan = several(architecture)
            folder = tmp_path / str(place)
            config = _config_of(model) | {"input_size": architecture.input_size}
            reference = ModelReference(name, name, arguments, "")
            export(model, plan, folder, architecture=architecture, reference=reference, data_config=config)
            batch = images(architecture)
            save_file({"images": batch}, folder / "images.safetensors")
            pruned = apply(plan, model)  # out of inference mode, whose parameters are multiplied in another order
            with torch.inference_mode():
                expected[folder] = pruned(batch)
        rebuild(expected, torch.get_num_threads())
        for name, (folder, logits) in zip(self.MODELS, expected.items(), strict=True):
            assert torch.equal(load_file(folder / "logits.safetensors")["logits"], logits), name

    @contextmanager
    def without(self, model: nn.Module, architecture: Architecture, plan: PruningPlan) -> Iterator[None]:
        """The model with hooks that make what the plan removes add nothing."""
        handles = []
        for block in architecture.blocks:
            module = model.get_submodule(block.id)
            if block.id in plan.sites:
                handles.append(module.register_forward_hook(self.skip_block))
            names = [
                site.id.removeprefix(f"{block.id}.")
                for site in architecture.children(block.id)
                if site.id in plan.sites
            ]
            handles += [handle for name in names for handle in self.zero_branch(module, name)]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def skip_block(self, _: nn.Module, args: tuple[Any, ...], output: Any) -> Any:
        return tuple(args[: len(output)]) if isinstance(output, tuple) else args[self.STREAM]

    def zero_branch(self, block: nn.Module, branch: str) -> list[Any]:
        exit_ = self.EXITS[branch]
        name, call = (exit_, 0) if isinstance(exit_, str) else exit_
        shared = not isinstance(exit_, str)
        calls = count()

        def restart(*_: object) -> None:
            nonlocal calls
            calls = count()

        def zero(_: nn.Module, __: object, output: Tensor) -> Tensor:
            return torch.zeros_like(output) if next(calls) == call or not shared else output

        return [block.register_forward_pre_hook(restart), block.get_submodule(name).register_forward_hook(zero)]

    @torch.no_grad()
    def cosines(self, model: nn.Module, architecture: Architecture, batch: Tensor) -> dict[str, Tensor]:
        """Per image, of every block that keeps its shape and of the branches that run one after the other in it."""
        given: dict[str, tuple[Any, Any]] = {}
        handles = [
            model.get_submodule(block.id).register_forward_pre_hook(keeper(given, block.id), with_kwargs=True)
            for block in architecture.blocks
        ]
        model(batch)
        for handle in handles:
            handle.remove()
        found: dict[str, Tensor] = {}
        for block in architecture.blocks:
            args, kwargs = given[block.id]
            children = architecture.children(block.id)

            def stream(gone: list[str], args: Any = args, kwargs: Any = kwargs, path: str = block.id) -> Tensor:
                left = quickly(PruningPlan.of(architecture, dict.fromkeys(gone, "remove")), model) if gone else model
                output = left.get_submodule(path)(*args, **kwargs)
                return self.tokens(output[self.STREAM] if isinstance(output, tuple) else output)

            entered = args[self.STREAM] if len(args) > self.STREAM else kwargs["x"]
            states = [self.tokens(entered), *self.states(block, children, stream)]
            if states[0].shape == states[-1].shape:
                found[block.id] = cosine(states[0], states[-1])
            # The stream before the first branch is the block's where all its branches can go and leave nothing behind.
            for site, before, after in zip(children, states[1:], states[2:], strict=False):
                found[site.id] = cosine(before, after)
        return found

    def states(self, block: Site, children: tuple[Site, ...], stream: Callable[[list[str]], Tensor]) -> list[Tensor]:
        """The stream at the block's end without its branches from the first, second, ... on, and with all of them."""
        ids = [site.id for site in children]
        return [stream(ids[first:]) for first in range(len(ids) + 1)]

    def tokens(self, stream: Tensor) -> Tensor:
        """(images, tokens, width)"""
        return stream.reshape(BATCH, -1, stream.shape[-1])


def keeper(given: dict[str, tuple[Any, Any]], path: str) -> Any:
    def keep(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        given[path] = args, kwargs

    return keep


def cosine(before: Tensor, after: Tensor) -> Tensor:
    return F.cosine_similarity(before.double(), after.double(), dim=-1).mean(-1)


def images(architecture: Architecture) -> Tensor:
    return torch.randn(BATCH, *architecture.input_size, generator=torch.Generator().manual_seed(1))


def run(model: nn.Module, batch: Tensor) -> tuple[Tensor, int]:
    """Logits, and the multiply-accumulates that torch counts for one image. What a model computes once for a batch,
    such as a bias of positions, is no multiple of its images."""
    counter = FlopCounterMode(display=False)
    logits = logits_of(model, batch)
    # The counter looks for the gradients of what a block is given, be it a parameter, a class token, or a view of one.
    model.requires_grad_(False)
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), counter:
        model(batch[:1])
    model.requires_grad_(True)
    operations, odd = divmod(counter.get_total_flops(), 2)
    assert not odd
    return logits, operations


def quickly(plan: PruningPlan, model: nn.Module) -> nn.Module:
    """As `apply` does it, without asking again whether the plan is for this model, and with the model's own tensors and
    other blocks."""
    removals = removals_of(plan, model)
    others = [part for name, part in model.named_modules() if name and not any(near(name, path) for path in removals)]
    own = {id(part): part for part in (*model.parameters(), *model.buffers(), *others)}
    pruned = copy.deepcopy(model, own)
    adopt(pruned, model)
    cut(pruned, removals)
    return pruned


def near(one: str, other: str) -> bool:
    """Whether one of two modules is in the other."""
    return f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}.")


def logits_of(model: nn.Module, batch: Tensor) -> Tensor:
    with torch.inference_mode(), sdpa_kernel(SDPBackend.MATH):
        return model(batch)


def plans(architecture: Architecture) -> Iterator[PruningPlan]:
    """One for every site, and some of several branches and blocks."""
    for site in architecture.prunable:
        if removable(architecture, [site.id]):
            yield PruningPlan.of(architecture, {site.id: "remove"})
    yield from several(architecture)


def several(architecture: Architecture) -> Iterator[PruningPlan]:
    ids = [site.id for site in architecture.prunable]
    generator = random.Random(7)
    branches = [site.id for site in architecture.sublayers if not site.fixed] or ids
    made = 0
    while made < RANDOM_PLANS:
        chosen = generator.sample(branches, generator.randint(1, max(1, len(branches) - 1)))
        if generator.random() < 0.5:
            chosen.append(generator.choice(ids))
        if removable(architecture, chosen):
            yield PruningPlan.of(architecture, dict.fromkeys(chosen, "remove"))
            made += 1


def removable(architecture: Architecture, sites: list[str]) -> bool:
    """Whether something is left."""
    left = [s for s in architecture.sites if s.kind is not Kind.BLOCK and s.id not in sites and s.parent not in sites]
    return bool(left) or (not architecture.sublayers and len(set(sites)) < len(architecture.blocks))
