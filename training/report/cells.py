"""Tables and sections of the page, and how a row of figures becomes cells of text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from training.net.model import CLASSES


@dataclass(frozen=True)
class Table:
    """Rows of text cells under a head."""

    title: str
    head: list[str]
    rows: list[list[str]]


@dataclass(frozen=True)
class Section:
    """A heading of the report with what stands below it."""

    title: str
    text: str
    tables: list[Table]


HEAD = ["balanced accuracy", *(f"recall {c}" for c in CLASSES), "none → correct"]


def cells(row: dict) -> list[str]:
    """What stands under HEAD for a score.row."""
    recalls = [number(row["recall"][c], row["recall_interval95"][c]) for c in CLASSES]
    turned = number(row["none_to_correct"], row["none_to_correct_interval95"])
    return [number(row["balanced_accuracy"], row["interval95"]), *recalls, turned]


def number(value: float | None, interval: list[float] | None = None) -> str:
    """0.87 (0.83–0.90), or a dash for what was not measured."""
    if value is None:
        return "–"
    if not interval or interval[0] is None:
        return f"{value:.3f}"
    return f"{value:.2f} ({interval[0]:.2f}–{interval[1]:.2f})"


def share(proportion: dict) -> str:
    """12.0% (8.1%–17.3%) of a squeeze.proportion."""
    if proportion["value"] is None:
        return "–"
    low, high = proportion["interval95"]
    return f"{proportion['value']:.1%} ({low:.1%}–{high:.1%})"


def by_pack(packs: dict, title: str, head: list[str], rows_of: Callable[[dict], Iterable[list[str]]]) -> Table:
    """A table with the rows of every pack, its role before each."""
    return Table(title, ["pack", *head], [[role, *row] for role, pack in packs.items() for row in rows_of(pack)])
