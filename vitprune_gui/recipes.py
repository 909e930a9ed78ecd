"""How to do what a job does without the window: as a command line, and in Python.

Both are made from the request alone. What the command line cannot say is said in a comment, which begins with #.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vitprune.jobs import Compute
from vitprune_gui.batch import AnalyzeInto
from vitprune_gui.explorer import AnalyzeKeeping
from vitprune_gui.keeping import SESSION_SUFFIX
from vitprune_gui.library import CompareSessions, ListSessions
from vitprune_gui.models import ListModels
from vitprune_gui.requests import (
    Analyze,
    Choose,
    Evaluate,
    Export,
    MeasureDamage,
    OpenImages,
    OpenModel,
    OpenSession,
    ProveRewrites,
    RepairCheaply,
    RunSearch,
    RunStudy,
)
from vitprune_gui.requests.keeping import FEW_IMAGES
from vitprune_gui.requests.training import Recover
from vitprune_gui.runner import Request

if TYPE_CHECKING:
    from vitprune.plan import PruningPlan
    from vitprune.results import DataReference, ModelReference

_AUTO = Compute()
_NO_COMMAND = "# The window alone does this: there is no command for it."
_NO_PYTHON = "# The window alone does this: nothing of it is kept, and nothing is computed that other jobs do not."


def command(request: Request, compute: Compute | None = None) -> str:
    """Shell lines that do what the request asks for, where it does."""
    try:
        return "\n".join(_command(request, compute or request.compute or _AUTO))
    except ValueError as error:  # of `OpenModel.words`
        return f"# The command line cannot say this: {error}. Python can."


def python(request: Request, compute: Compute | None = None) -> str:
    """A script that does what the request asks for; its last line gives what the job gives."""
    return _python(request, compute or request.compute or _AUTO)


# The command line


def _command(request: Request, compute: Compute) -> list[str]:
    machine = _machine(compute)
    match request:
        case AnalyzeInto():
            return [_line(*request.words(request.path), *machine)]
        case MeasureDamage():
            return [_analyze(request.model, request.data, machine, "--metrics", "everything", "--repairs")]
        case Analyze():
            return [_analyze(request.model, request.data, machine)]
        case AnalyzeKeeping():
            keep = ("--keep-activations", str(request.tokens))
            return [_analyze(request.model, request.data, machine, *keep, path=request.path)]
        case Choose() if request.data is not None:
            return _choose(request, machine)
        case RunSearch():
            return _search(request, machine)
        case Evaluate():
            plan, options = _with_plan(request.model, request.plan, request.calibration)
            words = ("vitprune", "evaluate", *_model(request.model), request.data.source)
            return [*plan, _line(*words, *options, "-o", _session(request.model), *machine)]
        case RunStudy():
            return [_line(*_study(request), *machine)]
        case Export():
            plan, options = _with_plan(request.model, request.plan, request.calibration, always=not request.rewrites)
            verb = ["rewrite", "--only", ",".join(request.rewrites)] if request.rewrites else ["export"]
            words = ["vitprune", verb[0], *_model(request.model), *options, *verb[1:], "-o", str(request.folder)]
            if not request.rewrites:
                words += [f"--{name}" for name in request.formats]
                words += ["--images", request.images.source] if request.images and not _fits(request) else []
            return [*plan, _line(*words, *machine)]
        case Recover():
            return _recover(request, machine)
        case ProveRewrites():
            plan, options = _with_plan(request.model, request.plan, request.calibration)
            only = ["--only", ",".join(request.names)] if request.names else []
            return [*plan, _line("vitprune", "rewrite", *_model(request.model), *options, *only)]
        case OpenModel():
            return [_line("vitprune", "inspect", *request.words())]
        case OpenSession():
            return [_line("vitprune", "check", str(request.path))]
        case ListModels():
            return ["vitprune models"]
        case ListSessions():
            return [_line("vitprune", "sessions", str(request.folder), *(["--deep"] if request.deep else []))]
        case CompareSessions():
            return [_line("vitprune", "compare", *map(str, request.paths), "--margin", str(request.margin))]
        case OpenImages():
            return ["# Images are opened by the commands that use them: `vitprune analyze` and `vitprune evaluate`."]
        case RepairCheaply():
            return ["# `vitprune plan --repair auto` repairs what it chooses itself; this plan is repaired in Python."]
    return [_NO_COMMAND]


def _fits(request: Export) -> bool:
    return request.calibration is not None and request.plan.needs_calibration


def _line(*words: str) -> str:
    return shlex.join(words)


def _machine(compute: Compute) -> list[str]:
    """The options of a machine, where it is not the usual one."""
    found = ["--device", compute.device] if compute.device != "auto" else []
    found += ["--batch-size", str(compute.batch_size)] if compute.batch_size is not None else []
    found += ["--threads", str(compute.threads)] if compute.threads is not None else []
    return found + (["--precision", compute.precision] if compute.precision != _AUTO.precision else [])


def _model(reference: ModelReference) -> list[str]:
    return OpenModel.again(reference).words()


def _stem(reference: ModelReference) -> str:
    return Path(reference.source).name


def _session(reference: ModelReference) -> str:
    return f"{_stem(reference)}{SESSION_SUFFIX}"


def _plan_file(reference: ModelReference) -> str:
    return f"{_stem(reference)}.plan.json"


def _analyze(
    reference: ModelReference, data: DataReference, machine: Iterable[str], *options: str, path: Path | None = None
) -> str:
    where = str(path) if path else _session(reference)
    return _line("vitprune", "analyze", *_model(reference), data.source, "-o", where, *options, *machine)


def _with_plan(
    reference: ModelReference, plan: PruningPlan, calibration: DataReference | None, *, always: bool = False
) -> tuple[list[str], list[str]]:
    """The lines that write the plan, and the options that name it."""
    if not plan and not always:
        return [], []
    name = _plan_file(reference)
    lines = [f"printf '%s' {shlex.quote(json.dumps(plan.to_json()))} > {shlex.quote(name)}"]
    fitted = ["--calibration", calibration.source] if calibration is not None and plan.needs_calibration else []
    return lines, ["--plan", name, *fitted]


def _choose(request: Choose, machine: list[str]) -> list[str]:
    assert request.data is not None
    size = ["--remove", str(int(request.amount))]
    if request.size != "remove":
        size = ["--target", f"{request.size}={request.amount:g}"]
    tokens = ["--tokens", request.tokens] if request.tokens else []
    return [
        "# The scores that the method goes by, then what it chooses.",
        _analyze(request.model, request.data, machine),
        _plan(
            request.model,
            request.method,
            *size,
            *tokens,
            *_choice(request.granularity, request.repair, request.target, request.protect),
            machine=machine,
        ),
    ]


def _search(request: RunSearch, machine: list[str]) -> list[str]:
    choice = _choice(request.granularity, request.repair, request.target, request.protect)
    lines = [
        "# A session names the model and the images, then the search goes on those.",
        _analyze(request.model, request.data, machine, "--metrics", "cosine"),
        _plan(request.model, "greedy", "--remove", str(request.remove), *choice, machine=machine),
    ]
    if request.objective not in ("kl", "angular") or request.width != 1 or not request.racing:
        asked = f"{request.objective}, width {request.width}, {'with' if request.racing else 'without'} racing"
        lines.insert(0, f"# The command line has its own objective, width 1 and racing; this one had {asked}.")
    return lines


def _plan(reference: ModelReference, method: str, *options: str, machine: list[str]) -> str:
    files = (_session(reference), "-o", _plan_file(reference))
    return _line("vitprune", "plan", *files, "--method", method, *options, *machine)


def _choice(granularity: str, repair: str, target: str, protect: tuple[str, ...]) -> list[str]:
    words = ["--granularity", granularity, "--repair", repair]
    words += ["--fit-to", target] if repair != "none" else []
    return words + (["--protect", ",".join(protect)] if protect else [])


def _recover(request: Recover, machine: list[str]) -> list[str]:
    lines, _ = _with_plan(request.model, request.plan, None, always=True)
    words = ["vitprune", "recover", *_model(request.model), request.data.source, "--plan", _plan_file(request.model)]
    words += ["-o", str(request.folder)]
    words += ["--test", request.test.source] if request.test is not None else []
    settings, usual = request.settings, type(request.settings)()
    for name in ("minutes", "passes"):
        words += [f"--{name}", f"{getattr(settings, name) or 0:g}"]
    for name in ("weights", "rank", "learning_rate", "labels", "features", "held_out", "seed"):
        if (value := getattr(settings, name)) != getattr(usual, name):
            words += [f"--{name.replace('_', '-')}", str(value)]
    return [*lines, _line(*words, *(["--mirror"] if settings.mirror else []), *machine)]


def _study(request: RunStudy) -> list[str]:
    words = ["vitprune", "study", *_model(request.model), "--data", request.data.source]
    words += ["--test", request.test.source, "-o", str(request.path)]
    words += ["--methods", ",".join(request.methods)] if request.methods else []
    words += ["--remove", ",".join(map(str, request.removed)), "--repairs", ",".join(request.repairs)]
    words += ["--fit-to", request.target, "--granularity", request.granularity]
    words += ["--protect", ",".join(request.protect)] if request.protect else []
    words += ["--latency"] if request.speed else []
    return words + (["--images", str(request.images)] if request.images is not None else [])


# Python


class _Script:
    """Lines with the imports that they need."""

    def __init__(self, compute: Compute) -> None:
        self.imports: set[str] = set()
        self.lines: list[str] = []
        self.machine: dict[str, object] = {}
        options = ("device", "batch_size", "threads", "precision")
        values = {name: getattr(compute, name) for name in options}
        if changed := {name: value for name, value in values.items() if value != getattr(_AUTO, name)}:
            self.let("compute", "Compute", changed, of="vitprune.jobs")
            self.machine = {"compute": _Name("compute")}

    def let(self, name: str, function: str, *arguments: Any, of: str = "") -> None:
        """`name = function(arguments)`, a dict of arguments being named ones; `of` is the module that has the
        function."""
        if of:
            self.need(of, function)
        parts: list[str] = []
        for argument in arguments:
            named = argument.items() if isinstance(argument, dict) else ()
            parts += [f"{key}={value!r}" for key, value in named] if named or argument == {} else [repr(argument)]
        call = f"{function}({', '.join(parts)})"
        line = f"{name} = {call}" if name else call
        if len(line) > 100:
            opening = line.index("(") + 1
            line = line[:opening] + "\n    " + ",\n    ".join(parts) + ",\n)"
        self.lines.append(line)

    def need(self, module: str, name: str) -> None:
        self.imports.add(f"from {module} import {name}")

    def verb(self, name: str, verb: str, *arguments: Any) -> None:
        """`arguments`, with the machine and by names last."""
        self.need("vitprune", "workflow")
        self.let(name, f"workflow.{verb}", *arguments)

    def open(self, opened: OpenModel) -> None:
        options: dict[str, object] = {}
        options |= {"architecture": opened.architecture} if opened.architecture else {}
        options |= {"model_args": dict(opened.model_args)} if opened.model_args else {}
        options |= {"class_names": opened.class_names} if opened.class_names else {}
        self.verb("model", "open_model", opened.source, *([options] if options else []))

    def model(self, reference: ModelReference) -> None:
        self.open(OpenModel.again(reference))

    def images(self, name: str, data: DataReference, purpose: str = "calibration") -> None:
        options = {"purpose": purpose} if purpose != "calibration" else None
        self.verb(name, "open_images", data.source, _Name("model"), *([options] if options else []))

    def plan(self, plan: PruningPlan) -> None:
        actions = {site: str(action) for site, action in sorted(plan.actions)}
        fitted: dict[str, object] = {"target": str(plan.target)} if plan.needs_calibration else {}
        if plan.units:
            fitted |= {"units": {site: list(units) for site, units in sorted(plan.units)}}
            fitted |= {"compensation": str(plan.compensation)}
        self.need("vitprune", "PruningPlan")
        self.let(
            "plan", "PruningPlan.of", _Name("model.architecture"), _Name(repr(actions)), *([fitted] * bool(fitted))
        )

    def fitted(self, plan: PruningPlan, calibration: DataReference | None) -> dict[str, object]:
        """The argument that repairs are fitted to."""
        if calibration is None or not plan.needs_calibration:
            return {}
        self.images("calibration", calibration)
        return {"calibration": _Name("calibration")}

    def text(self) -> str:
        order = sorted(self.imports, key=lambda line: (line.split()[1], line))
        return "\n".join([*order, "", *self.lines]) + "\n"


class _Name:
    """An argument that is written as it is."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def _path(path: Path) -> _Name:
    return _Name(f"Path({str(path)!r})")


def _python(request: Request, compute: Compute) -> str:
    s = _Script(compute)
    model, images, plan = _Name("model"), _Name("images"), _Name("plan")
    match request:
        case AnalyzeInto():
            s.open(request.model)
            some = {"images": request.images, "seed": request.seed} if request.images is not None else None
            s.verb("images", "open_images", request.data, model, *([some] if some else []))
            s.verb("session", "analyze", model, images, {"metrics": request.metrics, **s.machine})
            s.need("pathlib", "Path")
            s.need("vitprune", "sessions")
            s.let("", "sessions.save", _Name("session"), _path(request.path), {"expected": ""})
        case Analyze() | AnalyzeKeeping():
            s.model(request.model)
            s.images("images", request.data)
            more: dict[str, object] = {}
            if isinstance(request, MeasureDamage):
                more = {"metrics": ("everything",), "repairs": True}
            elif isinstance(request, AnalyzeKeeping):
                more = {"keep_tokens": request.tokens}
            s.verb("session", "analyze", model, images, more | s.machine)
        case Choose():
            _python_choose(s, request)
        case RepairCheaply():
            s.model(request.model)
            s.images("images", request.data)
            s.plan(request.plan)
            s.need("vitprune", "devices")
            s.let("size", "devices.batch_size", s.machine.get("compute", _Name("Compute()")), _ARCHITECTURE)
            s.need("vitprune.jobs", "Compute")
            s.verb("bench", "workbench", model, images, _Name("size"))
            s.let("plan", "bench.cheapest", plan)
        case RunSearch():
            _python_search(s, request)
        case Evaluate():
            s.model(request.model)
            s.images("images", request.data, "test")
            s.plan(request.plan)
            fitted = s.fitted(request.plan, request.calibration)
            s.verb("evaluations", "evaluate", model, images, plan, fitted | s.machine)
        case RunStudy():
            _python_study(s, request)
        case Export():
            s.model(request.model)
            s.plan(request.plan)
            more = s.fitted(request.plan, request.calibration)
            if request.images is not None and not more:
                few = {"purpose": "test", "images": FEW_IMAGES}
                s.verb("images", "open_images", request.images.source, model, few)
                more |= {"images": images}
            more |= {"rewrites": request.rewrites} if request.rewrites else {}
            more |= {"formats": request.formats} if request.formats else {}
            more |= s.machine
            s.need("pathlib", "Path")
            s.verb("", "export", model, plan, _path(request.folder), more)
        case Recover():
            _python_recover(s, request)
        case ProveRewrites():
            s.model(request.model)
            s.plan(request.plan)
            s.verb(
                "rewrites, report", "rewrite", model, plan, request.names, s.fitted(request.plan, request.calibration)
            )
        case OpenModel():
            s.open(request)
        case OpenImages():
            s.model(request.model)
            options = {"purpose": request.purpose} if request.purpose != "calibration" else {}
            s.verb("images", "open_images", request.source, model, options)
        case OpenSession():
            s.need("pathlib", "Path")
            s.need("vitprune", "sessions")
            s.let("session", "sessions.load", _path(request.path))
        case ListModels():
            s.let("found", "models", of="vitprune.catalog")
        case ListSessions():
            s.need("pathlib", "Path")
            s.let("lines", "scan", _path(request.folder), {"deep": request.deep}, of="vitprune.listing")
        case CompareSessions():
            s.need("pathlib", "Path")
            files = _Name("[" + ", ".join(map(repr, map(_path, request.paths))) + "]")
            s.let("compared", "compare", files, {"margin": request.margin}, of="vitprune.offline")
        case _:
            return f"{_NO_PYTHON}\n"
    return s.text()


_ARCHITECTURE = _Name("model.architecture")


def _python_recover(s: _Script, request: Recover) -> None:
    s.model(request.model)
    s.images("images", request.data)
    s.plan(request.plan)
    usual = type(request.settings)()
    asked = {f.name: getattr(request.settings, f.name) for f in fields(usual)}
    changed = {name: value for name, value in asked.items() if value != getattr(usual, name)}
    s.let("settings", "TrainingSettings", changed, of="vitprune.curve")
    more: dict[str, object] = {"settings": _Name("settings")}
    if request.test is not None:
        s.images("test", request.test, "test")
        more["test"] = _Name("test")
    s.need("vitprune", "recovery")
    s.need("pathlib", "Path")
    where = _path(request.folder)
    s.let("found", "recovery.recover", _Name("model"), _Name("plan"), _Name("images"), where, more | s.machine)


def _python_choose(s: _Script, request: Choose) -> None:
    s.model(request.model)
    scores = None
    more: dict[str, object] = {}
    if request.data is not None:
        s.images("images", request.data)
        s.verb("session", "analyze", _Name("model"), _Name("images"), s.machine)
        scores = _Name("session")
        more["images"] = _Name("images")
    size: dict[str, object] = {request.size: int(request.amount) if request.size == "remove" else request.amount}
    if request.size == "latency":
        s.need("functools", "partial")
        s.verb("table", "site_latencies", _Name("model"), s.machine)
        size["time"] = _Name("partial(table.left, architecture=model.architecture)")
    s.let("budget", "Budget", size, of="vitprune.selection")
    how = {name: getattr(request, name) for name in ("granularity", "tokens", "protect", "repair", "target")}
    asked = {"method": request.method, "budget": _Name("budget"), **how, "model": _Name("model"), **more, **s.machine}
    s.verb("plan", "plan", scores, _ARCHITECTURE, asked)


def _python_search(s: _Script, request: RunSearch) -> None:
    s.model(request.model)
    s.images("images", request.data)
    for module, name in (("vitprune", "devices"), ("vitprune.jobs", "Compute"), ("vitprune.jobs", "Job")):
        s.need(module, name)
    s.let("size", "devices.batch_size", s.machine.get("compute", _Name("Compute()")), _ARCHITECTURE)
    s.lines.append("batches, labels = list(images.batches(size, Job())), workflow.labels_of(model, images)")
    options: dict[str, Any] = {}
    if request.repair != "none":
        s.let("fit, batches, labels", "apart", _Name("batches"), _Name("labels"), of="vitprune.search")
        options["fit"] = _Name("fit")
    s.let("lab", "Lab", _Name("model.module"), _Name("batches"), {"labels": _Name("labels")}, of="vitprune.lab")
    s.let("budget", "Budget", {"remove": request.remove}, of="vitprune.selection")
    names = ("objective", "granularity", "width", "protect", "repair", "target", "racing")
    options = {name: getattr(request, name) for name in names} | options
    s.let("found", "search", _Name("lab"), _Name("budget"), options, of="vitprune.search")


def _python_study(s: _Script, request: RunStudy) -> None:
    s.model(request.model)
    for module, name in (("pathlib", "Path"), ("vitprune", "study"), ("vitprune.jobs", "Job")):
        s.need(module, name)
    sources = (request.data.source, request.test.source)
    s.let("data, test", "study.open_sets", _Name("model"), *sources, {"images": request.images, "job": _Name("Job()")})
    names = ("methods", "removed", "repairs", "granularity", "target", "protect", "speed")
    options = {name: getattr(request, name) for name in names} | s.machine
    s.let("session", "study.study", _Name("model"), _Name("data"), _Name("test"), _path(request.path), options)
