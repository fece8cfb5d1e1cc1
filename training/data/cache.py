"""Keeps decoded crops in a memory-mapped file, for data that does not fit in memory; filled once, resumed when interrupted."""

from __future__ import annotations

import csv
import errno
import hashlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import numpy as np

from training.data.entry import DataError, Entry

CHUNK = 256  # crops between two saves; an interruption costs at most this many
RESERVE = 64 << 20  # bytes left free on the disk

Decode = Callable[[Entry], tuple[np.ndarray, str]]
Result = tuple[np.ndarray | None, str, str]


class Cache:
    """`<name>.u8`, the crops decoded so far, one after the other; `<name>.csv`, a line for each entry: file, sha256, reason skipped.

    `<name>.key` ties both to the list of entries and to how they are decoded: another list starts again.
    """

    def __init__(self, folder: Path, name: str, shape: tuple[int, int, int]) -> None:
        self.shape = shape
        self.size = int(np.prod(shape))
        self.pixels, self.lines, self.key = (folder / f"{name}.{end}" for end in ("u8", "csv", "key"))

    def fill(self, entries: list[Entry], decode: Decode, how: str) -> tuple[np.ndarray, list[tuple[str, str]]]:
        """Decodes what is not there yet.

        Returns the crops, a read-only memory map uint8 [n, *shape] of those that could be decoded, and for each entry its sha256
        and the reason it was skipped, empty when it was not. `decode` raises ValueError, OSError or KeyError for an unusable one.
        Raises DataError when the disk is too small.
        """
        done = self._resume(entries, how)
        self._check_room(len(entries) - len(done))
        try:
            with (
                ThreadPoolExecutor(os.cpu_count()) as workers,
                self.pixels.open("ab") as pixels,
                self.lines.open("a", encoding="utf-8") as lines,
            ):
                for chunk in _progress(_chunks(entries[len(done) :]), self.pixels.stem, len(done), len(entries)):
                    results = list(workers.map(lambda entry: attempt(decode, entry), chunk))
                    self._append(chunk, results, pixels, lines)
                    done += [(digest, reason) for _, digest, reason in results]
        except OSError as err:
            if err.errno == errno.ENOSPC:
                self._check_room(len(entries) - len(done), full=True)
            raise
        kept = sum(not reason for _, reason in done)
        if not kept:
            return np.zeros((0, *self.shape), np.uint8), done
        return np.memmap(self.pixels, np.uint8, "r", shape=(kept, *self.shape)), done

    def _append(self, chunk: list[Entry], results: list[Result], pixels: IO[bytes], lines: IO[str]) -> None:
        # Crops before lines: after an interruption in between, the crops without lines are cut off again.
        for image, _, _ in results:
            if image is not None:
                pixels.write(image.tobytes())
        pixels.flush()
        rows = ((_one_line(e.file), digest, reason) for e, (_, digest, reason) in zip(chunk, results, strict=True))
        csv.writer(lines, lineterminator="\n").writerows(rows)
        lines.flush()

    def _resume(self, entries: list[Entry], how: str) -> list[tuple[str, str]]:
        key = hashlib.sha256("\n".join([how, *(e.file for e in entries)]).encode()).hexdigest()
        self.key.parent.mkdir(parents=True, exist_ok=True)
        if not (self.key.is_file() and self.key.read_text(encoding="utf-8") == key):
            self.pixels.write_bytes(b"")
            self.lines.write_bytes(b"")
            self.key.write_text(key, encoding="utf-8")
        for file in (self.pixels, self.lines):
            file.touch()
        whole = self.lines.read_bytes()
        whole = whole[: whole.rfind(b"\n") + 1]
        done = [(digest, reason) for _, digest, reason in csv.reader(whole.decode().splitlines())]
        length = self.size * sum(not reason for _, reason in done)
        if self.pixels.stat().st_size < length:  # the crops were lost, so the lines say nothing
            whole, done, length = b"", [], 0
        with self.pixels.open("r+b") as pixels, self.lines.open("r+b") as lines:
            pixels.truncate(length)
            lines.truncate(len(whole))
        return done

    def _check_room(self, missing: int, full: bool = False) -> None:
        needed, free = missing * self.size + RESERVE, shutil.disk_usage(self.pixels.parent).free
        if missing and (full or free < needed):
            raise DataError(
                f"{self.pixels.parent}: {missing} decoded faces still need {needed / 1e9:.2f} GB, {free / 1e9:.2f} GB are free; "
                "make room, or give a work folder on a larger disk"
            )


def attempt(decode: Decode, entry: Entry) -> Result:
    """The crop, its sha256 and no reason; or no crop and the reason, in one line, that it cannot be used."""
    try:
        return *decode(entry), ""
    except (KeyError, FileNotFoundError):
        return None, "", "not in the archive or folder"
    except (OSError, ValueError) as err:
        return None, "", _one_line(str(err))


def _one_line(text: str) -> str:
    return " ".join(text.splitlines())


def _chunks(entries: list[Entry]) -> Iterator[list[Entry]]:
    for start in range(0, len(entries), CHUNK):
        yield entries[start : start + CHUNK]


def _progress(chunks: Iterator[list[Entry]], name: str, done: int, total: int) -> Iterator[list[Entry]]:
    """Passes the chunks on; says every ten seconds on stderr how far it is and how long it will take."""
    begin = said = time.monotonic()
    first = done
    for chunk in chunks:
        yield chunk
        done += len(chunk)
        now = time.monotonic()
        if now - said >= 10 or (done == total and now - begin >= 10):
            left = (now - begin) / (done - first) * (total - done)
            print(f"{name}: {done} of {total} faces decoded, {left / 60:.0f} min left", file=sys.stderr, flush=True)
            said = now
