"""Lists the crops of a data set: from manifest.csv, from MaskedFace-Net's layout, or from plain <split>/<label>/ folders."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from training.data import layout
from training.data.entry import DataError, Entry
from training.data.store import Store
from training.net.model import CLASSES

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
HASH = re.compile("[0-9a-f]{64}")
COLUMNS = ("file", "split", "label", "source", "group", "sha256")


def entries(store: Store) -> list[Entry]:
    """Lists every crop of the store, from manifest.csv or else from the folders' and files' names."""
    if store.has("manifest.csv"):
        return list(_from_manifest(store))
    pictures = [name for name in store.names() if name.lower().endswith(SUFFIXES)]
    if layout.matches(pictures):
        return layout.entries(store.path, pictures)
    found = list(_from_folders(pictures))
    if not found:
        raise DataError(
            f"{store.path}: neither manifest.csv nor <split>/<label>/ picture folders were found, nor CMFD and IMFD; "
            f"expected splits train, val, test with labels {', '.join(CLASSES)}"
        )
    return found


def _from_manifest(store: Store) -> Iterator[Entry]:
    reader = csv.DictReader(io.StringIO(store.read("manifest.csv").decode("utf-8-sig")))
    missing = [c for c in COLUMNS if c not in (reader.fieldnames or [])]
    if missing:
        raise DataError(f"{store.path}: manifest.csv line 1: column {missing[0]!r} is missing; needed: {', '.join(COLUMNS)}")
    for row in reader:
        if any(row[c] is None for c in COLUMNS):
            raise DataError(f"{store.path}: manifest.csv line {reader.line_num}: fewer fields than columns")
        if not HASH.fullmatch(row["sha256"]):  # else a picture that was put in its place would be taken
            raise DataError(
                f"{store.path}: manifest.csv line {reader.line_num}: sha256 is {row['sha256']!r}, want 64 lower-case hex digits; "
                "hash the file that you looked at"
            )
        yield Entry(**{c: row[c] for c in COLUMNS})


def _from_folders(pictures: list[str]) -> Iterator[Entry]:
    for name in pictures:
        parts = PurePosixPath(name).parts
        if len(parts) >= 3:
            split, label = parts[:2]
            # MaskedFace-Net names a file after its FFHQ picture: 00012_Mask_Nose_Mouth.jpg is a twin of 00012.png.
            group = PurePosixPath(name).stem.split("_")[0]
            whole = layout.LABELS.get(label.upper())  # its own folder names mean its whole pictures
            yield Entry(name, split, whole or label, layout.SOURCES[whole] if whole else "folder", group, aligned=bool(whole))
