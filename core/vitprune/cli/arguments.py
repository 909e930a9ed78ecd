"""What the verbs are given on the command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, NoReturn

from vitprune.cli.answers import Answer
from vitprune.curve import WEIGHTS, TrainingSettings
from vitprune.jobs import AUTO, PRECISIONS
from vitprune.sources import model_args_in, names_in

MODEL_HELP = "a timm name, `sample`, an exported folder, or a weights file with --architecture"
DATA_HELP = "a folder of images (class sub-folders, or flat and unlabelled), or `sample`"


class UsageError(Exception):
    """The command line is not one; the text says so."""


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{self.prog}: {message}")


class Verbs:
    """The verbs of the command line. Each group of them adds its own."""

    def __init__(self, root: Parser) -> None:
        self._verbs = root.add_subparsers(dest="verb", required=True, metavar="VERB")

    def add(self, name: str, run: Callable[[argparse.Namespace], Answer], text: str) -> argparse.ArgumentParser:
        added = self._verbs.add_parser(name, help=text, description=text)
        added.add_argument("--json", action="store_true", help="print one JSON object on standard output")
        added.set_defaults(run=run)
        return added

    def options(self, name: str) -> dict[str, bool]:
        """The options of a verb, with _ for -, and whether each is a switch."""
        found = [action for action in self._verbs.choices[name]._actions if action.option_strings]
        names = {action.option_strings[-1].removeprefix("--").replace("-", "_"): action.nargs == 0 for action in found}
        return {option: switch for option, switch in names.items() if option not in ("help", "json")}


def with_model(added: argparse.ArgumentParser, *, many: bool = False) -> None:
    added.add_argument("model", metavar="MODEL", help=MODEL_HELP, nargs="+" if many else None)
    group = added.add_argument_group("model")
    group.add_argument("--architecture", metavar="NAME", help="timm's name of the architecture of a weights file")
    group.add_argument("--model-args", type=model_args, default={}, metavar="NAME=VALUE,...")
    group.add_argument("--class-names", type=names_in, default=(), metavar="A,B,...", help="in the order of the head")


def with_machine(added: argparse.ArgumentParser) -> None:
    group = added.add_argument_group("machine")
    group.add_argument("--device", default="auto", help="auto, cpu or cuda:0")
    group.add_argument(
        "--batch-size",
        type=batch_size,
        default=None,
        metavar="auto|N",
        help="auto: analyze, evaluate and study find it by trial; default: what suits the model",
    )
    group.add_argument("--threads", type=int, default=None, metavar="N")
    group.add_argument(
        "--precision",
        choices=PRECISIONS,
        default=PRECISIONS[0],
        help="fp32, or bf16: matrix products in bfloat16, faster on a recent GPU, at the cost of digits",
    )


def with_pace(added: argparse.ArgumentParser) -> None:
    group = added.add_argument_group("pace")
    group.add_argument(
        "--channels-last", action="store_true", help="lay pixels out so: faster where there is much to convolve"
    )
    group.add_argument("--compile", action="store_true", help="run what torch.compile makes of the model")


def with_calibration(added: argparse.ArgumentParser) -> None:
    added.add_argument(
        "--calibration",
        default=None,
        metavar="DATA",
        help="what repairs are fitted to, unlabelled; default: the images that the plan was made from",
    )


def with_sample(added: argparse.ArgumentParser) -> None:
    added.add_argument("--images", type=int, default=None, metavar="N", help="a random sample of N images")
    added.add_argument("--seed", type=int, default=0, metavar="S", help="of the sample")


def with_protected(added: argparse.ArgumentParser) -> None:
    added.add_argument(
        "--protect",
        type=names_in,
        default=(),
        metavar="SITE,...|ends",
        help="sites that must stay; ends: the first eighth and the last sixteenth of the blocks",
    )


def with_training(added: argparse.ArgumentParser) -> None:
    usual = TrainingSettings()
    group = added.add_argument_group("training")
    group.add_argument(
        "--minutes",
        type=float,
        default=usual.minutes,
        metavar="N",
        help=f"at most; 0: any (default {usual.minutes:g})",
    )
    group.add_argument(
        "--passes",
        type=int,
        default=usual.passes,
        metavar="N",
        help=f"over the images, at most (default {usual.passes})",
    )
    group.add_argument(
        "--weights", choices=WEIGHTS, default=usual.weights, help="train all, or low-rank changes (LoRA) of all"
    )
    group.add_argument("--rank", type=int, default=usual.rank, metavar="N", help="of low-rank changes")
    group.add_argument("--learning-rate", type=float, default=None, metavar="X", help="default: found by trial")
    group.add_argument(
        "--labels",
        type=float,
        default=usual.labels,
        metavar="X",
        help="weight of the labels beside the dense model",
    )
    group.add_argument(
        "--features",
        type=float,
        default=usual.features,
        metavar="X",
        help="weight of the last features beside the logits; default: 0, and 1 where there are no logits",
    )
    group.add_argument("--mirror", action="store_true", help="left and right mean the same in these images")
    group.add_argument(
        "--held-out", type=float, default=usual.held_out, metavar="SHARE", help="of the images, never trained on"
    )


def batch_size(text: str) -> int | str:
    return AUTO if text == AUTO else int(text)


def shares(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in some_names(text))


def counts(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in some_names(text))


def some_names(text: str) -> tuple[str, ...]:
    names = names_in(text)
    if not names:
        raise argparse.ArgumentTypeError("names nothing")
    return names


def model_args(text: str) -> dict[str, Any]:
    try:
        return model_args_in(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
