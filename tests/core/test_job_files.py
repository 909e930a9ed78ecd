"""A job file says what the command line says: each step is a command, and a wrong word is named with the right one."""

from __future__ import annotations

import json
import shutil
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_models import shallow_sample

from tests.core.test_distributed import run
from vitprune import sessions
from vitprune.cli import main
from vitprune.job_files import JobFile, read
from vitprune.sources import Source

STEPS = '[[step]]\ndo = "analyze"\n'
HEAD = """version = 1
[model]
source = "sample"
[images]
data = "sample"
count = 6
[machine]
threads = 1
batch_size = 2
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "night.toml"
    path.write_text(text, "utf-8")
    return path


def answer(capsys: pytest.CaptureFixture[str], *arguments: object, status: int = 0) -> dict[str, Any]:
    with pytest.raises(SystemExit) as ended:
        main(["run", *map(str, arguments), "--json"])
    said = json.loads(capsys.readouterr().out)
    assert ended.value.code == status, said
    return said


@pytest.fixture
def job(tmp_path: Path) -> Path:
    (tmp_path / "small").mkdir()
    shallow_sample(tmp_path / "small", 2)
    return write(
        tmp_path,
        HEAD.replace('source = "sample"', 'source = "small/sample"')
        + """
[[step]]
do = "analyze"
metrics = ["cosine"]

[[step]]
do = "plan"
method = "cosine"
remove = 2
repair = "linear"

[[step]]
do = "evaluate"

[[step]]
do = "export"
output = "smaller"
""",
    )


@pytest.mark.usefixtures("forked_proofs")
def test_every_step_is_done_on_what_the_ones_before_left(job: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = answer(capsys, job)
    assert [step["do"] for step in said["steps"]] == ["analyze", "plan", "evaluate", "export"]
    session = sessions.load(job.with_name("night.vitprune.h5"))
    assert session.scores is not None
    assert set(session.scores) >= {"cosine"}
    assert session.scores.images == 6
    assert len(session.evaluations) == 2
    assert len(session.evaluations[-1].plan) == 2
    assert session.evaluations[-1].repair is not None
    assert (job.parent / "smaller" / "rebuild.py").is_file()


def test_a_dry_run_shows_the_commands_and_does_nothing(job: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = answer(capsys, job, "--dry-run")
    first, plan, evaluate, _ = (step["command"].split() for step in said["steps"])
    assert first[:4] == ["vitprune", "analyze", str(job.parent / "small" / "sample"), "sample"]
    assert "--images=6" in first
    assert "--threads=1" in plan
    assert f"--plan={job.with_name('night.plan.json')}" in evaluate
    assert sorted(path.name for path in job.parent.iterdir()) == ["night.toml", "small"]


def test_paths_are_relative_to_the_job(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = Path(str(files("vitprune_resources") / "sample" / "test" / "bag"))
    (tmp_path / "jobs" / "photos").mkdir(parents=True)
    shutil.copy(min(source.iterdir()), tmp_path / "jobs" / "photos")
    job = write(tmp_path / "jobs", HEAD.replace('data = "sample"', 'data = "photos"') + STEPS)
    assert answer(capsys, job)["steps"][0]["images"] == 1
    assert (tmp_path / "jobs" / "night.vitprune.h5").is_file()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (HEAD + STEPS + "metric = 'cosine'\n", "'metric'. Did you mean metrics?"),
        (HEAD + STEPS.replace("analyze", "analyse"), "Did you mean analyze?"),
        (HEAD.replace("threads", "thread") + STEPS, "'thread'. Did you mean threads?"),
        ("sesion = 'a.h5'\n" + HEAD + STEPS, "Did you mean session?"),
        (HEAD.replace("= 6", "= 'six'") + STEPS, "images.count is 'six', and not a whole number"),
        (HEAD.replace("= 6", "= true") + STEPS, "images.count is True"),
        (HEAD.replace("version = 1", "version = 2") + STEPS, "version = 2"),
        (HEAD, "no step"),
        (STEPS, "version = None"),
        ("version = 1\n" + STEPS, "no model"),
        (HEAD.replace('data = "sample"', "") + STEPS, "no images"),
        (HEAD + STEPS + "repairs = 'yes'\n", "repairs of step 1 (analyze) is true or false"),
        (HEAD + STEPS + "images = 'many'\n", "Step 1 of night.toml cannot be run"),
        (HEAD + '[[step]]\ndo = "plan"\nmethod = "cosine"\n', "--remove --target is required"),
        ("version = ", "is no job file"),
        ("\0", "is no job file"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, named: str) -> None:
    error = answer(capsys, write(tmp_path, text), status=2)["error"]
    assert error["code"] == "JOB_INVALID"
    assert named in f"{error['message'].rstrip('.')}. {error['hint']}"
    assert [path.name for path in tmp_path.iterdir()] == ["night.toml"], "nothing is begun"


def test_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(capsys, tmp_path / "none.toml", status=2)["error"]["code"] == "JOB_INVALID"


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
NESTED = st.recursive(VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner), max_leaves=8)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(TEXTS, NESTED, max_size=4))
def test_what_is_written_is_read(table: dict[str, Any]) -> None:
    given = {key: value for key, value in table.items() if value not in ([], {})}
    assert tomllib.loads(JobFile(Source("sample"), plan=table).to_toml()).get("plan", {}) == given


def test_a_job_is_read_as_it_was_written(tmp_path: Path) -> None:
    source = Source("a b.pth", "vit_tiny_patch16_224", {"img_size": 64}, ("cat", "naïve dog"))
    job = JobFile(
        source, {"data": "fotos é", "count": 3}, {"device": "cpu"}, {"sites": {"a.b": "x"}}, "s.h5", [{"do": "analyze"}]
    )
    job.write(tmp_path / "job.toml")
    assert read(tmp_path / "job.toml") == job


@pytest.mark.timeout(300)
def test_several_processes_share_what_they_can(job: Path, capsys: pytest.CaptureFixture[str]) -> None:
    job.write_text(job.read_text().partition('[[step]]\ndo = "export"')[0])
    done = run(job.parent, "run", job, "--json")
    assert done.returncode == 0, done.stderr
    shared = json.loads(done.stdout)
    many = sessions.load(job.with_name("night.vitprune.h5"))
    job.with_name("night.vitprune.h5").unlink()
    alone = answer(capsys, job)
    one = sessions.load(job.with_name("night.vitprune.h5"))
    assert [step["do"] for step in shared["steps"]] == [step["do"] for step in alone["steps"]]
    assert many.environment.device.endswith("2 processes")
    assert many.evaluations[-1].predictions.tolist() == one.evaluations[-1].predictions.tolist()
