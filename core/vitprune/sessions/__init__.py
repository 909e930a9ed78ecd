"""Sessions on disk: one HDF5 file each, read through one guarded door, replaced only by a verified new one."""

from vitprune.sessions.door import prepare
from vitprune.sessions.reader import activations, check, digest, load, load_digested, read_activations
from vitprune.sessions.stored import StoredActivations
from vitprune.sessions.writer import Draft, save

__all__ = [
    "Draft",
    "StoredActivations",
    "activations",
    "check",
    "digest",
    "load",
    "load_digested",
    "prepare",
    "read_activations",
    "save",
]
