"""What the window asks of the engine: frozen questions, answered on the worker's thread. One module a subject."""

from vitprune.sources import SAMPLE
from vitprune_gui.requests.choosing import Choose, Climbed, RepairCheaply, RunSearch, Searched
from vitprune_gui.requests.engine import Engine, usual_threads
from vitprune_gui.requests.keeping import Export, ProveRewrites, Saved, SaveSession
from vitprune_gui.requests.measuring import (
    Analyze,
    Compare,
    CompareOrders,
    Evaluate,
    KeepPictures,
    MeasureDamage,
    Ranks,
    RankSites,
)
from vitprune_gui.requests.opening import ModelOpened, OpenImages, OpenModel, OpenSession, OpenTestImages
from vitprune_gui.requests.studying import ReadStudy, RunStudy, WriteReport

__all__ = [
    "SAMPLE",
    "Analyze",
    "Choose",
    "Climbed",
    "Compare",
    "CompareOrders",
    "Engine",
    "Evaluate",
    "Export",
    "KeepPictures",
    "MeasureDamage",
    "ModelOpened",
    "OpenImages",
    "OpenModel",
    "OpenSession",
    "OpenTestImages",
    "ProveRewrites",
    "RankSites",
    "Ranks",
    "ReadStudy",
    "RepairCheaply",
    "RunSearch",
    "RunStudy",
    "SaveSession",
    "Saved",
    "Searched",
    "WriteReport",
    "usual_threads",
]
