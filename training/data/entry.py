"""What one labeled crop is, and what is said when data cannot be used."""

from __future__ import annotations

from dataclasses import dataclass


class DataError(ValueError):
    """The data cannot be used as it is; the message says what and where, and the way out."""


@dataclass(frozen=True)
class Entry:
    """One listed crop: its file below the data folder and what is known of it.

    aligned: a whole FFHQ-aligned picture, from which the face is still to be cut (see layout.cut).
    """

    file: str
    split: str
    label: str
    source: str
    group: str
    sha256: str = ""
    aligned: bool = False
