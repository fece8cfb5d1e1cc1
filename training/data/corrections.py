"""Labels that overrule those of a data set, by the sha256 of the picture."""

from __future__ import annotations

import csv
from pathlib import Path

from training.data.entry import DataError
from training.net.model import CLASSES

CORRECTIONS = Path(__file__).with_name("corrections.csv")


def corrections(path: Path = CORRECTIONS) -> dict[str, str]:
    """Reads sha256,label lines that overrule the manifest; an absent file is an empty list."""
    if not path.is_file():
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
