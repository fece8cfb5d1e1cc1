"""Labeled face crops: where they lie, what their labels are, and the splits that are read from them."""

from training.data.corrections import KINDS as KINDS_OF_INCORRECT
from training.data.corrections import KINDS_FILE, corrections, kinds
from training.data.crops import CROP_MARGIN, STORED, recrop, resize
from training.data.entry import DataError, Entry
from training.data.listing import COLUMNS, entries
from training.data.splits import Rows, Split, load, picture, report, thin, write_skipped
from training.data.store import Store

__all__ = [
    "COLUMNS",
    "CROP_MARGIN",
    "KINDS_FILE",
    "KINDS_OF_INCORRECT",
    "STORED",
    "DataError",
    "Entry",
    "Rows",
    "Split",
    "Store",
    "corrections",
    "entries",
    "kinds",
    "load",
    "picture",
    "recrop",
    "report",
    "resize",
    "thin",
    "write_skipped",
]
