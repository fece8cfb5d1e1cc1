"""Reads labelled face crops: a folder or tar with manifest.csv, MaskedFace-Net with FFHQ, or plain <split>/<label>/ folders."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import tarfile
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath

import cv2
import numpy as np

from training import layout
from training.cache import Cache, attempt
from training.entry import DataError, Entry
from training.model import CLASSES

STORED = 128  # side in pixels at which crops are held in memory
CROP_MARGIN = 0.15  # what the crops of the data hold around the face box, as a share of its side
SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
IN_MEMORY = 2 << 30  # bytes of decoded crops that may be held without a cache
COLUMNS = ("file", "split", "label", "source", "group", "sha256")


@dataclass
class Split:
    """The crops of one split.

    images: uint8 [n, 128, 128, 3], RGB, read-only and memory-mapped when they come from a cache. labels: int32 [n], index into CLASSES.
    sources, groups, files: n strings each. skipped: (file, reason) of every crop left out.
    """

    name: str
    images: np.ndarray
    labels: np.ndarray
    sources: list[str]
    groups: list[str]
    files: list[str]
    skipped: list[tuple[str, str]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.labels)


class Rows:
    """Some crops of one or more arrays [n, h, w, 3], read one at a time: a memory map is not copied into memory."""

    def __init__(self, images: np.ndarray, where: np.ndarray) -> None:
        self._parts = [(images, where)]

    def __len__(self) -> int:
        return sum(len(where) for _, where in self._parts)

    def __getitem__(self, i: int) -> np.ndarray:
        for images, where in self._parts:
            if i < len(where):
                return images[where[i]]
            i -= len(where)
        raise IndexError(i)

    def __add__(self, other: Rows) -> Rows:
        both = Rows(*self._parts[0])
        both._parts = self._parts + other._parts
        return both


class Store:
    """Files below a folder or inside a tar, addressed by their path below the folder of the manifest.

    work: where a cache of decoded crops may be kept (work/cache), for data too large for memory.
    """

    def __init__(self, path: Path, work: Path | None = None) -> None:
        self.path = path
        self.work = work
        self._lock = threading.Lock()
        self._tar: tarfile.TarFile | None = None
        self._members: dict[str, tarfile.TarInfo] = {}
        if path.is_dir():
            root = path / "faces"
            self._root = root if (root / "manifest.csv").is_file() and not (path / "manifest.csv").is_file() else path
        elif path.is_file():
            try:
                self._tar = tarfile.open(path)  # noqa: SIM115 - closed in close()
                members = [m for m in self._tar.getmembers() if m.isfile()]
            except (tarfile.TarError, OSError, EOFError) as err:
                raise DataError(f"{path}: not a readable tar archive; give a .tar or an unpacked folder") from err
            prefix = _common_root([m.name for m in members])
            self._members = {m.name[len(prefix) :]: m for m in members}
        else:
            raise DataError(f"{path}: no such file or folder; --data takes a .tar or an unpacked folder of face crops")

    def names(self) -> list[str]:
        """All file paths, sorted."""
        if self._tar:
            return sorted(self._members)
        # Links are followed: CMFD, IMFD and FFHQ are large and often lie on several disks.
        walk = os.walk(self._root, followlinks=True)
        return sorted(Path(folder, file).relative_to(self._root).as_posix() for folder, _, files in walk for file in files)

    def has(self, name: str) -> bool:
        return name in self._members if self._tar else (self._root / name).is_file()

    def read(self, name: str) -> bytes:
        """Returns the file's bytes; raises KeyError or OSError when it is not there."""
        if not self._tar:
            return (self._root / name).read_bytes()
        with self._lock:
            stream = self._tar.extractfile(self._members[name])
            if stream is None:
                raise KeyError(name)
            return stream.read()

    def close(self) -> None:
        if self._tar:
            self._tar.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _common_root(names: list[str]) -> str:
    """The folder that the manifest lies in, or the one folder above the splits, with its slash."""
    for name in names:
        if PurePosixPath(name).name == "manifest.csv":
            return name[: -len("manifest.csv")]
    tops = {PurePosixPath(n).parts[0] for n in names}
    if len(tops) == 1 and all(len(PurePosixPath(n).parts) > 3 for n in names):
        return tops.pop() + "/"
    return ""


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


def corrections(path: Path | None) -> dict[str, str]:
    """Reads sha256,label lines that overrule the manifest; an absent file is an empty list."""
    if path is None or not path.is_file():
        return {}
    result: dict[str, str] = {}
    with path.open(newline="", encoding="utf-8") as stream:
        for number, row in enumerate(csv.reader(stream), 1):
            if not row or row == ["sha256", "label"] or row[0].startswith("#"):
                continue
            if len(row) != 2 or len(row[0]) != 64 or row[1] not in CLASSES:
                raise DataError(f"{path}: line {number}: want sha256,label with label one of {', '.join(CLASSES)}, got {','.join(row)!r}")
            result[row[0]] = row[1]
    return result


def load(store: Store, split: str, fixes: dict[str, str] | None = None, minimum: int = 1) -> Split:
    """Decodes one split to 128x128 RGB, into memory or, for MaskedFace-Net and a store with a work folder, into a cache.

    Crops that cannot be read, have a label outside CLASSES or differ from their sha256 are skipped and listed.
    `fixes` (see corrections) is applied to every split but `test`. Raises DataError when the split is absent,
    a class has fewer than `minimum` crops (0 allows an empty class), or memory or disk do not suffice.
    """
    listed = entries(store)
    chosen = [e for e in listed if e.split == split]
    if not chosen:
        raise DataError(f"{store.path}: no split {split!r}; found {', '.join(sorted({e.split for e in listed}))}")
    fixes = {} if split == "test" else fixes or {}
    images, outcomes = _decoded(store, chosen, fixes, layout.small(listed))
    kept = [replace(e, label=fixes.get(digest, e.label)) for e, (digest, reason) in zip(chosen, outcomes, strict=True) if not reason]
    skipped = [(e.file, reason) for e, (_, reason) in zip(chosen, outcomes, strict=True) if reason]
    counts = Counter(e.label for e in kept)
    for label in CLASSES:
        if counts[label] < minimum:
            raise DataError(
                f"{store.path}: split {split!r}: class {label!r} has {counts[label]} readable images, at least {minimum} "
                f"are needed ({len(skipped)} were skipped)"
            )
    return Split(
        split,
        images,
        np.array([CLASSES.index(e.label) for e in kept], np.int32),
        [e.source for e in kept],
        [e.group for e in kept],
        [e.file for e in kept],
        skipped,
    )


def _decoded(store: Store, chosen: list[Entry], fixes: dict[str, str], shrink: bool) -> tuple[np.ndarray, list[tuple[str, str]]]:
    """The crops that can be used, [n, 128, 128, 3], and for each entry its sha256 and the reason it was skipped."""
    shape, split = (STORED, STORED, 3), chosen[0].split
    decode = partial(_decode, store, fixes, shrink)
    if any(e.aligned for e in chosen):
        if store.work:
            return Cache(store.work / "cache", split, shape).fill(chosen, decode, f"{shape} {layout.CENTRE} {layout.SIDE} {shrink}")
        if len(chosen) * STORED * STORED * 3 > IN_MEMORY:
            raise DataError(f"{store.path}: split {split!r}: {len(chosen)} faces are too many for memory; a work folder is needed")
    results = [attempt(decode, e) for e in chosen]
    images = [image for image, _, _ in results if image is not None]
    return np.stack(images) if images else np.zeros((0, *shape), np.uint8), [(digest, reason) for _, digest, reason in results]


def _decode(store: Store, fixes: dict[str, str], shrink: bool, entry: Entry) -> tuple[np.ndarray, str]:
    """Returns the crop and the file's sha256; raises KeyError, OSError or ValueError when it cannot be used."""
    raw = store.read(entry.file)
    digest = hashlib.sha256(raw).hexdigest()
    if len(entry.sha256) == 64 and digest != entry.sha256:
        raise ValueError("sha256 differs from the manifest's")
    label = fixes.get(digest, entry.label)
    if label not in CLASSES:
        raise ValueError(f"label {label!r} is not one of {', '.join(CLASSES)}")
    image = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR) if raw else None
    if image is None:
        raise ValueError("not a readable image")
    image = cv2.cvtColor(layout.cut(image, shrink) if entry.aligned else image, cv2.COLOR_BGR2RGB)
    if image.shape[:2] != (STORED, STORED):
        image = cv2.resize(image, (STORED, STORED), interpolation=cv2.INTER_AREA)
    return image, digest


def thin(split: Split, most: int) -> Split:
    """Keeps at most `most` evenly spaced crops of each class."""
    keep: list[int] = []
    for label in range(len(CLASSES)):
        where = np.flatnonzero(split.labels == label)
        keep += where[np.linspace(0, len(where) - 1, min(most, len(where))).astype(int)].tolist()
    return Split(
        split.name,
        split.images[keep],
        split.labels[keep],
        [split.sources[i] for i in keep],
        [split.groups[i] for i in keep],
        [split.files[i] for i in keep],
        split.skipped,
    )


def resize(images: np.ndarray, size: int) -> np.ndarray:
    """Resizes uint8 [n, h, w, 3] to [n, size, size, 3], as the deployed pipeline does (area when shrinking)."""
    return np.stack([cv2.resize(i, (size, size), interpolation=cv2.INTER_AREA) for i in images])


def recrop(images: np.ndarray, margin: float) -> np.ndarray:
    """Cuts crops, uint8 [n, h, w, 3], down to the face box and `margin` of its side around it, as a pack's manifest asks."""
    height, width = images.shape[1:3]
    dy, dx = (round(side * (CROP_MARGIN - margin) / (1 + 2 * CROP_MARGIN)) for side in (height, width))
    if dy < 0 or dx < 0:
        raise DataError(f"crop margin {margin}: the crops hold {CROP_MARGIN} around the face box, not more")
    return images[:, dy : height - dy, dx : width - dx]


def report(split: Split) -> str:
    """One line: counts by class, and what was skipped."""
    counts = Counter(split.labels.tolist())
    text = ", ".join(f"{label} {counts[i]}" for i, label in enumerate(CLASSES))
    if split.skipped:
        shown = "; ".join(f"{f}: {r}" for f, r in split.skipped[:5])
        text += f"; skipped {len(split.skipped)} ({shown}{' ...' if len(split.skipped) > 5 else ''})"
    return f"{split.name}: {text}"


def write_skipped(path: Path, splits: Iterable[Split]) -> int:
    """Writes split,file,reason of every crop left out, and returns how many there are."""
    rows = [(split.name, *item) for split in splits for item in split.skipped]
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerows([("split", "file", "reason"), *rows])
    return len(rows)
