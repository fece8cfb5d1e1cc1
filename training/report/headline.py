"""What the robust model must reach, set against what was measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Lookup = Callable[[dict], dict | None]  # from the measurements of one pack to {value, interval95}, None when not measured


@dataclass(frozen=True)
class Goal:
    """A figure with the value it must reach and the one aimed at, and the measurements it needs; below: smaller is better."""

    figure: str
    must: float
    aim: float
    needs: tuple[str, ...]
    find: Lookup
    below: bool = False

    def value(self, pack: dict) -> dict | None:
        """value and interval95 of a pack's measurements, None where one is missing."""
        return self.find(pack) if all(name in pack for name in self.needs) else None

    def verdict(self, value: float | None) -> str:
        """aim, must, missed or not measured."""
        if value is None:
            return "not measured"
        reaches = (lambda goal: value <= goal) if self.below else (lambda goal: value >= goal)
        return "aim" if reaches(self.aim) else "must" if reaches(self.must) else "missed"


def _pick(row: dict | None, name: str = "balanced_accuracy") -> dict | None:
    interval = "interval95" if name == "balanced_accuracy" else f"{name}_interval95"
    return None if row is None or row[name] is None else {"value": row[name], "interval95": row[interval]}


def _recall(row: dict, label: str) -> dict:
    return {"value": row["recall"][label], "interval95": row["recall_interval95"][label]}


def _where(rows: list[dict], **keys: object) -> dict | None:
    return next((r for r in rows if all(r[k] == v for k, v in keys.items())), None)


def _ensemble(radius: int) -> Lookup:
    return lambda pack: _pick(_where(pack["ensemble_alone"]["rows"], eps255=radius))


def _patch(area: float, name: str = "balanced_accuracy") -> Lookup:
    return lambda pack: _pick(_where(pack["patches_alone"]["rows"], area=area), name)


def _defended(area: float) -> Lookup:
    def find(pack: dict) -> dict | None:
        row = _where(pack["defended"]["rows"], variant="alone", area=area, adaptive=True)
        return row and _pick(row["attacked"])

    return find


def _certified(pack: dict) -> dict | None:
    return _where(pack["certified"]["rows"], variant="alone", masks_per_axis=3, area=0.02)


def _never(label: str) -> Lookup:
    def find(pack: dict) -> dict | None:
        row = _certified(pack)
        return _recall(row["never_correct"], label) if row and "never_correct" in row else None

    return find


def _recovery(name: str) -> Lookup:
    return lambda pack: (row := _certified(pack)) and _pick(row["recovery"], name)


def _detection(pack: dict) -> dict | None:
    row = _certified(pack)
    return row and _pick(_where(row["detection"], tau=0.0)["certified"], "accuracy")


def _lost(pack: dict) -> dict | None:
    row = _certified(pack)
    if row is None:
        return None
    lost = pack["clean"]["alone"]["test"]["balanced_accuracy"] - row["clean"]["balanced_accuracy"]
    return {"value": round(lost, 4), "interval95": None}


def _lost_reported(pack: dict) -> dict | None:
    found = pack["reported"]
    return {"value": round(found["plain"]["balanced_accuracy"] - found["reported"]["balanced_accuracy"], 4), "interval95": None}


def _int8(pack: dict) -> dict | None:
    value = pack["clean"]["agreement"].get("int8")
    return None if value is None else {"value": value, "interval95": None}


CLEAN = ("clean",)
NEVER = "certified never correct, 2 %, k = 3"
GOALS = (
    Goal(f"{NEVER}: bare faces", 0.97, 0.99, ("certified",), _never("none")),
    Goal(f"{NEVER}: masks worn wrongly", 0.50, 0.75, ("certified",), _never("incorrect")),
    Goal("clean balanced accuracy", 0.86, 0.95, CLEAN, lambda p: _pick(p["clean"]["alone"]["test"])),
    Goal("recall of incorrect", 0.75, 0.90, CLEAN, lambda p: _recall(p["clean"]["alone"]["test"], "incorrect")),
    Goal("clean balanced accuracy on val", 0.90, 0.97, CLEAN, lambda p: _pick(p["clean"]["alone"]["val"])),
    Goal("L∞ worst case over the ensemble, 2/255", 0.72, 0.85, ("ensemble_alone",), _ensemble(2)),
    Goal("L∞ worst case over the ensemble, 4/255", 0.62, 0.75, ("ensemble_alone",), _ensemble(4)),
    Goal("L∞ worst case over the ensemble, 8/255", 0.45, 0.60, ("ensemble_alone",), _ensemble(8)),
    Goal("patch of 2 %, best of 25 places, all aims: network alone", 0.45, 0.70, ("patches_alone",), _patch(0.02)),
    Goal("patch of 2 % against the whole defense (masking on)", 0.60, 0.85, ("defended",), _defended(0.02)),
    Goal("patch of 5 %, best of 25 places, all aims: network alone", 0.35, 0.60, ("patches_alone",), _patch(0.05)),
    Goal("none → correct under the 5 % patch: success", 0.10, 0.03, ("patches_alone",), _patch(0.05, "none_to_correct"), below=True),
    Goal("certified recovery, 2 %, k = 3, all images", 0.60, 0.80, ("certified",), _recovery("accuracy")),
    Goal("certified recovery, 2 %, k = 3, balanced", 0.50, 0.75, ("certified",), _recovery("balanced_accuracy")),
    Goal("certified detection, 2 %, k = 3, all images", 0.75, 0.90, ("certified",), _detection),
    Goal("clean balanced accuracy lost by certification", 0.02, 0.005, ("clean", "certified"), _lost, below=True),
    Goal("the same, as the camera reports it (the safer of both labels)", 0.02, 0.005, ("reported",), _lost_reported, below=True),
    Goal("int8 against float32: agreement on all of test", 0.99, 0.998, CLEAN, _int8),
)


def table(packs: dict[str, dict]) -> list[dict]:
    """One row a goal: figure, must, aim, below, what each pack has, and the verdict on the robust one."""
    rows = []
    for goal in GOALS:
        found = {role: goal.value(pack) for role, pack in packs.items()}
        robust = found["robust"]
        rows.append(
            {"figure": goal.figure, "must": goal.must, "aim": goal.aim, "below": goal.below}
            | found
            | {"verdict": goal.verdict(robust and robust["value"])}
        )
    return rows


def as_text(rows: list[dict]) -> str:
    """The table for a terminal."""
    lines = [f"{'figure':<62} {'base':>6} {'robust':>7} {'95 %':>13} {'must':>7} {'aim':>7}"]
    for row in rows:
        base, robust = (_number(row[role] and row[role]["value"]) for role in ("base", "robust"))
        interval = row["robust"] and row["robust"]["interval95"]
        shown = f"{interval[0]:.2f} to {interval[1]:.2f}" if interval else ""
        must, aim = (("≤" if row["below"] else "") + str(row[k]) for k in ("must", "aim"))
        lines.append(f"{row['figure']:<62} {base:>6} {robust:>7} {shown:>13} {must:>7} {aim:>7}  {row['verdict']}")
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
