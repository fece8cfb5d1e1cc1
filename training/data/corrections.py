"""What is known of single crops, by the sha256 of the picture: labels that overrule those of a data set, and kinds of `incorrect`."""

from __future__ import annotations

import csv
from pathlib import Path

from training.data.entry import DataError
from training.net.model import CLASSES

CORRECTIONS = Path(__file__).with_name("corrections.csv")
KINDS_FILE = Path(__file__).with_name("kinds.csv")
# Of `incorrect`: the nose is out; on the chin; over eyes, forehead or hair; hanging beside the jaw; none of these.
KINDS = ("nose", "chin", "eyes", "hanging", "other")


def corrections(path: Path = CORRECTIONS) -> dict[str, str]:
    """Reads sha256,label lines that overrule the manifest; an absent file is an empty list."""
    return _read(path, "label", CLASSES)


def kinds(path: Path) -> dict[str, str]:
    """Reads sha256,kind lines of `incorrect` crops; an absent file is an empty list."""
    return _read(path, "kind", KINDS)


def _read(path: Path, column: str, allowed: tuple[str, ...]) -> dict[str, str]:
    if not path.is_file():
        return {}
    result: dict[str, str] = {}
    with path.open(newline="", encoding="utf-8") as stream:
        for number, row in enumerate(csv.reader(stream), 1):
            if not row or row == ["sha256", column] or row[0].startswith("#"):
                continue
            if len(row) != 2 or len(row[0]) != 64 or row[1] not in allowed:
                raise DataError(
                    f"{path}: line {number}: want sha256,{column} with {column} one of {', '.join(allowed)}, got {','.join(row)!r}"
                )
            result[row[0]] = row[1]
    return result
