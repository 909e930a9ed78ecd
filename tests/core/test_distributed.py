"""Several processes, started by torchrun as a user starts them, against one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from small_models import shallow_sample

from tests.core.launching import torchrun
from vitprune import sessions, workflow
from vitprune.cli import main
from vitprune.distributed import pack, unpack
from vitprune.jobs import Shard
from vitprune.plan import PruningPlan

pytestmark = pytest.mark.timeout(300)  # every case starts several processes

Launch = Callable[[Sequence[str], Path, int], subprocess.CompletedProcess[str]]

ROOT = Path(__file__).parents[2]
EXIT = re.compile(r"exitcode\s*: (-?\d+)")


def afresh(command: Sequence[str], folder: Path, processes: int) -> subprocess.CompletedProcess[str]:
    """As a user starts it, every process from nothing."""
    paths = [str(ROOT / "core"), str(ROOT / "resources")]
    return subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", *command],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=250,
    )


def run(
    folder: Path, *command: object, processes: int = 2, launch: Launch = torchrun
) -> subprocess.CompletedProcess[str]:
    """`vitprune` with these arguments, or the script that comes first, in several processes."""
    target = [] if str(command[0]).endswith(".py") else ["-m", "vitprune"]
    options = ["--standalone", "--nproc-per-node", str(processes)]
    return launch([*options, *target, *map(str, command)], folder, processes)


def here(*command: object) -> None:
    """The same in this process, which saves the time to start one."""
    with pytest.raises(SystemExit) as ended:
        main([*map(str, command), "--threads", "1"])
    assert ended.value.code == 0


def assert_close(found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Tables of the cosines, angles or CKA between boundaries."""
    assert list(found) == list(expected)
    for name, table in expected.items():
        assert found[name].labels == table.labels
        np.testing.assert_allclose(found[name].mean, table.mean, atol=1e-9)
        # Its square is a difference of sums, in which rounding to 1e-16 is left where all images are alike.
        np.testing.assert_allclose(found[name].standard_error, table.standard_error, atol=1e-7)


@pytest.mark.parametrize(
    ("images", "batch", "processes", "launch"),
    [
        pytest.param(50, 8, 2, torchrun, id="two processes, seven batches"),
        pytest.param(50, 8, 2, afresh, id="each from nothing", marks=pytest.mark.long),
        pytest.param(2, 1, 3, torchrun, id="fewer images than processes"),
    ],
)
def test_scores_are_those_of_one_process(
    tmp_path: Path, images: int, batch: int, processes: int, launch: Launch
) -> None:
    options = ("--images", images, "--batch-size", batch, "--keep-activations", 3)
    here("analyze", "sample", "sample", "-o", tmp_path / "one.h5", *options)
    many_file = tmp_path / "many.h5"
    done = run(tmp_path, "analyze", "sample", "sample", "-o", many_file, *options, processes=processes, launch=launch)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("images (0 skipped)") == 1
    one, many = sessions.load(tmp_path / "one.h5"), sessions.load(tmp_path / "many.h5")
    assert many.data == one.data
    assert many.scores is not None
    assert one.scores is not None
    assert many.scores.images == images
    assert list(many.scores) == list(one.scores)
    for name, table in one.scores.items():
        assert list(many.scores[name]) == list(table)
        for site, score in table.items():
            # The batches are the same ones, so that not even their rounding differs.
            np.testing.assert_array_equal(many.scores[name][site].per_image, score.per_image, err_msg=f"{name} {site}")
    assert many.scores.boundaries is not None
    assert one.scores.boundaries is not None
    assert_close({"cosine": many.scores.boundaries}, {"cosine": one.scores.boundaries})
    assert_close(many.scores.angles, one.scores.angles)
    assert_close(many.scores.cka, one.scores.cka)
    kept, wanted = sessions.activations(tmp_path / "many.h5"), sessions.activations(tmp_path / "one.h5")
    assert kept is not None
    assert wanted is not None
    assert kept.token_indices == wanted.token_indices
    for site, values in wanted.items():
        np.testing.assert_array_equal(kept[site], values)
    assert many.environment.device == f"{one.environment.device}, {processes} processes"


def test_evaluations_are_those_of_one_process(tmp_path: Path, brief_script: Path) -> None:
    plan = tmp_path / "plan.json"
    architecture = workflow.open_model("sample").architecture
    removed = {"blocks.4.mlp": "remove", "blocks.7.mlp": "remove", "blocks.11.attn": "remove"}
    plan.write_text(json.dumps(PruningPlan.of(architecture, removed).to_json()))
    options = ("--plan", plan, "--images", 50, "--batch-size", 16)
    here("evaluate", "sample", "sample", "-o", tmp_path / "one.h5", *options)
    done = run(tmp_path, brief_script, "evaluate", "sample", "sample", "-o", tmp_path / "many.h5", *options)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("dense: 50 images") == 1
    one, many = sessions.load(tmp_path / "one.h5"), sessions.load(tmp_path / "many.h5")
    assert [len(result.plan) for result in many.evaluations] == [0, 3]
    for found, expected in zip(many.evaluations, one.evaluations, strict=True):
        assert found.data == expected.data
        np.testing.assert_array_equal(found.predictions, expected.predictions)
        assert list(found.per_image) == list(expected.per_image)
        for name, values in expected.per_image.items():
            np.testing.assert_array_equal(found.per_image[name], values, err_msg=name)
        for name in ("top1", "loss", "agreement", "kl"):
            assert getattr(found, name) == getattr(expected, name)
        assert found.warnings == expected.warnings
        assert found.latency is not None
        assert found.latency.batch_size == 16


def test_a_study_is_that_of_one_process(tmp_path: Path, brief_script: Path) -> None:
    options = ("--data", "sample", "--images", 12, "--batch-size", 4, "--remove", 2, "--latency")
    options = (*options, "--methods", "depth", "--repairs", "none,linear")
    source = shallow_sample(tmp_path)
    here("study", source, *options, "-o", tmp_path / "one.h5")
    done = run(tmp_path, brief_script, "study", source, *options, "-o", tmp_path / "many.h5")
    assert done.returncode == 0, done.stderr
    one, many = sessions.load(tmp_path / "one.h5"), sessions.load(tmp_path / "many.h5")
    timeless = [[replace(trial, seconds=0.0) for trial in session.trials] for session in (many, one)]
    assert timeless[0] == timeless[1]
    assert len(many.trials) == 2
    assert [result.plan for result in many.evaluations] == [result.plan for result in one.evaluations]
    for found, expected in zip(many.evaluations, one.evaluations, strict=True):
        assert found.latency is not None
        np.testing.assert_array_equal(found.predictions, expected.predictions)
        for name, values in expected.per_image.items():
            np.testing.assert_array_equal(found.per_image[name], values, err_msg=name)


BRIEF = """
from vitprune import latency
from vitprune.cli import main

for measure in (latency.measure, latency.site_latencies):
    measure.__kwdefaults__["seconds"] = 0
main()
"""


@pytest.fixture
def brief_script(tmp_path: Path) -> Path:
    """As `vitprune`, but what is timed is timed as few times as it can be."""
    script = tmp_path / "brief.py"
    script.write_text(BRIEF)
    return script


FAULTY = """
import os, signal, torch
from vitprune.cli import main

begun = []

def fault(module, args):
    if type(module).__name__ == "VisionTransformer" and os.environ["RANK"] == "{rank}":
        begun.extend([True] * (len(args[0]) == 16))
        if begun:  # smaller batches do not help
            {what}

torch.nn.modules.module.register_module_forward_pre_hook(fault)
main()
"""


@pytest.mark.parametrize(
    ("rank", "what", "told", "codes"),
    [
        pytest.param(1, 'raise torch.OutOfMemoryError("no room")', "[OUT_OF_MEMORY]", {2}, id="out of memory"),
        pytest.param(1, "os.kill(os.getpid(), signal.SIGKILL)", "[PROCESS_LOST]", {2, -9}, id="killed"),
        pytest.param(0, 'raise ZeroDivisionError("a defect")', "ZeroDivisionError: a defect", {1}, id="a defect"),
        pytest.param(0, "os.kill(os.getppid(), signal.SIGINT)", " stopped", {130}, id="ctrl-C"),
    ],
)
def test_when_one_process_fails_all_end_and_one_tells_why(
    tmp_path: Path, rank: int, what: str, told: str, codes: set[int]
) -> None:
    script, session = tmp_path / "faulty.py", tmp_path / "run.h5"
    script.write_text(FAULTY.format(rank=rank, what=what))
    options = ("--images", 64, "--batch-size", 16)
    done = run(tmp_path, script, "analyze", "sample", "sample", "-o", session, *options)
    assert done.returncode != 0
    assert done.stderr.count(told) == 1, done.stderr
    assert done.stdout == ""
    assert not session.exists()
    if told != " stopped":  # torchrun, stopped itself, tells of nobody's exit; one may go before the other is told to
        assert set(map(int, EXIT.findall(done.stderr))) == codes, done.stderr


def test_processes_with_different_images_refuse_to_work_together(tmp_path: Path) -> None:
    """As on two machines, where folders of one name need not hold the same files."""
    script, session = tmp_path / "elsewhere.py", tmp_path / "run.h5"
    script.write_text("""
import os, sys
from vitprune.cli import main
main([*sys.argv[1:], "--seed", os.environ["RANK"]])
""")
    done = run(tmp_path, script, "analyze", "sample", "sample", "-o", session, "--images", 16, "--json")
    assert done.stderr.count("[DATASET_CHANGED]") == 1
    assert done.stdout.count('"code": "DATASET_CHANGED"') == 1
    assert not session.exists()


def test_a_command_line_that_is_none_is_told_once(tmp_path: Path) -> None:
    done = run(tmp_path, "analyze", "sample")
    assert done.stderr.count("the following arguments are required") == 1
    assert set(map(int, EXIT.findall(done.stderr))) == {2}


def test_verbs_that_measure_nothing_run_in_one_process(tmp_path: Path) -> None:
    done = run(tmp_path, "inspect", "sample")
    assert done.stderr.count("[ARGUMENT_INVALID]") == 1
    assert done.stdout == ""


@given(st.integers(0, 400), st.integers(1, 50), st.integers(1, 9))
def test_parts_are_consecutive_whole_batches_of_all_images(images: int, batch: int, processes: int) -> None:
    parts: list[range] = []
    for rank in range(processes):
        shard = Shard()
        shard.rank, shard.size = rank, processes
        parts.append(shard.part(images, batch))
    assert [index for part in parts for index in part] == list(range(images))
    assert all(part.start % batch == 0 for part in parts if part)
    batches = [-(-len(part) // batch) for part in parts]
    assert batches[0] == max(batches)
    assert max(batches) - min(batches) <= 1


NUMBERS = arrays.arrays(
    st.sampled_from([np.float64, np.float32, np.float16, np.int64, np.uint8, np.bool_]),
    arrays.array_shapes(min_dims=0, max_dims=3, min_side=0),
)
SIMPLE = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | NUMBERS
VALUES = st.recursive(SIMPLE, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)


@given(VALUES)
def test_what_is_sent_arrives(value: Any) -> None:
    assert same(unpack(pack(value)), value)


def same(a: Any, b: Any) -> bool:
    if isinstance(b, np.ndarray):
        return (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
    if isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(b, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in b)
    return type(a) is type(b) and a == b


@pytest.mark.parametrize("value", [object(), {1: 2}, np.array(["text"]), np.array([None]), b"bytes"])
def test_what_is_no_plain_value_is_not_sent(value: Any) -> None:
    with pytest.raises(TypeError):
        pack(value)
