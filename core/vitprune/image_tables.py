"""Parquet files of images, as Hugging Face datasets have them: a column of images, and one of labels where there is
one. They are read with pyarrow, which is an extra."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from vitprune.errors import DatasetNotFound, ExtraMissing
from vitprune.image_files import Archive, Item, shown
from vitprune.jobs import Job
from vitprune.pictures import LARGEST_FILE, UnusableError
from vitprune.results import SkippedImage

LARGEST_GROUP = 1024**3  # bytes: rows can only be had group by group
KEPT_GROUPS = 2
AT_ONCE = 16  # rows
IMAGE_COLUMNS = ("image", "img", "images", "jpg", "png", "webp")
LABEL_COLUMNS = ("label", "labels", "cls", "class", "fine_label")


@dataclass(frozen=True, slots=True)
class Row:
    table: Table
    number: int
    name: str
    folder: str

    def read(self) -> bytes:
        return self.table.read(self.number)


class Table(Archive):
    """The images of one Parquet file, row by row. Raises ValueError for one that has no column of images."""

    def __init__(self, path: Path, name: str) -> None:
        from pyarrow import parquet

        self._path, self._name = path, name
        with parquet.ParquetFile(path) as file:
            schema, about = file.schema_arrow, _features(file.schema_arrow.metadata)
            self._column = _image_column(schema, about)
            label = next((column for column in LABEL_COLUMNS if column in schema.names), "")
            groups = range(file.metadata.num_row_groups)
            self._ends = [0]
            for group in groups:
                self._ends.append(self._ends[-1] + file.metadata.row_group(group).num_rows)
            found: list[Any] = [None] * self._ends[-1]
            if label and _is_label(schema.field(label).type):
                found = file.read(columns=[label], use_threads=False).column(label).to_pylist()
        names = about.get(label, {}).get("names") if isinstance(about.get(label), dict) else None
        self.labels = [_label(value, names) for value in found]
        self.numbered = not names
        self._rows = list(range(len(self.labels)))
        self._groups: OrderedDict[int, list[bytes | None]] = OrderedDict()
        self._lock = threading.Lock()

    def item(self, index: int) -> Item:
        row = self._rows[index]
        return Row(self, row, shown(f"{self._name}/{row:08d}"), self.labels[index])

    def _keep(self, places: Sequence[int]) -> None:
        self._rows = [self._rows[place] for place in places]

    def read(self, row: int) -> bytes:
        """The image file in a row. One thread reads a group, for all that want images of it."""
        group = next(number for number, end in enumerate(self._ends[1:]) if row < end)
        with self._lock:
            if group not in self._groups:
                while len(self._groups) >= KEPT_GROUPS:
                    self._groups.popitem(last=False)
                self._groups[group] = self._read_group(group)
            content = self._groups[group][row - self._ends[group]]
        if content is None:
            raise UnusableError("no image, or one that lies elsewhere")
        if len(content) > LARGEST_FILE:
            raise UnusableError(f"{len(content) / 1024**2:.0f} MiB are more than {LARGEST_FILE // 1024**2}")
        return content

    def _read_group(self, group: int) -> list[bytes | None]:
        from pyarrow import ArrowException, parquet

        found: list[bytes | None] = []
        size = 0
        try:
            with parquet.ParquetFile(self._path) as file:
                for batch in file.iter_batches(AT_ONCE, row_groups=[group], columns=[self._column], use_threads=False):
                    column = batch.column(0)
                    column = column.field("bytes") if self._column.endswith(".bytes") else column
                    size += column.nbytes
                    if size > LARGEST_GROUP:
                        raise UnusableError(f"a row group of more than {LARGEST_GROUP // 1024**2} MiB")
                    found += column.to_pylist()
        except ArrowException as error:
            raise UnusableError(" ".join(str(error).split())[:200]) from error
        return found


def find_tables(base: Path, names: Sequence[str], job: Job) -> tuple[list[Table], list[SkippedImage]]:
    """The Parquet files of these names below a folder, and what of them cannot be read. Raises ExtraMissing,
    DatasetNotFound for what is no Parquet file where it was named, Cancelled."""
    if find_spec("pyarrow") is None:
        raise ExtraMissing.of("A Parquet file", ["pyarrow"], ["pyarrow"], "parquet")
    tables: list[Table] = []
    skipped: list[SkippedImage] = []
    for done, name in enumerate(names):
        job.progress("Looking into archives", done, len(names), "archives")
        try:
            tables.append(Table(base / name, name))
        except Exception as error:  # noqa: BLE001 - of a file of others, in a library that raises anything
            skipped.append(SkippedImage(shown(name), " ".join(str(error).split())[:200] or type(error).__name__))
    if not tables and len(names) == 1:
        raise DatasetNotFound(
            f"{base / names[0]} is no Parquet file of images: {skipped[0].reason}.", hint="Give another one."
        )
    return tables, skipped


def _features(metadata: dict[bytes, bytes] | None) -> dict[str, Any]:
    """What Hugging Face's datasets library says of the columns; empty where it does not."""
    try:
        features = json.loads((metadata or {})[b"huggingface"])["info"]["features"]
        return features if isinstance(features, dict) else {}
    except (KeyError, TypeError, ValueError, RecursionError):
        return {}


def _image_column(schema: Any, about: dict[str, Any]) -> str:
    """The path of the column that holds image files. Raises ValueError where there is none."""
    import pyarrow

    def is_binary(kind: Any) -> bool:
        return pyarrow.types.is_binary(kind) or pyarrow.types.is_large_binary(kind)

    told = [name for name, what in about.items() if isinstance(what, dict) and what.get("_type") == "Image"]
    for name in (*told, *IMAGE_COLUMNS):
        if name not in schema.names:
            continue
        kind = schema.field(name).type
        if is_binary(kind):
            return name
        if pyarrow.types.is_struct(kind) and kind.get_field_index("bytes") >= 0 and is_binary(kind.field("bytes").type):
            return f"{name}.bytes"
    raise ValueError("no column of images (image: bytes, or a struct with bytes)")


def _is_label(kind: Any) -> bool:
    import pyarrow

    return pyarrow.types.is_integer(kind) or pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind)


def _label(value: Any, names: Any) -> str:
    """The class, "" for none: datasets write -1 where labels are kept secret."""
    if isinstance(value, int):
        if value < 0:
            return ""
        return str(names[value]) if isinstance(names, list) and value < len(names) else str(value)
    return value if isinstance(value, str) else ""
