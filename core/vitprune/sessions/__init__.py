"""Sessions on disk: one HDF5 file each, read through one guarded door, replaced only by a verified new one."""

from vitprune.sessions.door import prepare
from vitprune.sessions.reader import check, load, read_activations
from vitprune.sessions.writer import save

__all__ = ["check", "load", "prepare", "read_activations", "save"]
