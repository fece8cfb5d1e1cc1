"""The two curves: accuracy of base and robust against L-infinity strength and against patch area."""

from __future__ import annotations

from training.measure.subject import VARIANTS
from training.report import plots


def draw(report: dict) -> dict[str, str]:
    """The two curves of base and robust, by file name, of what was measured."""
    linf, patch, radii, areas = [], [], [], []
    for variant, dash in zip(VARIANTS, ("solid", "dashed"), strict=True):
        for role, pack in report["packs"].items():
            name = role if variant == "alone" else f"{role}, with 3x3 median"
            if rows := pack.get(f"ensemble_{variant}", {}).get("rows"):
                linf.append(_line(name, rows, role, dash))
                radii = [str(r["eps255"]) for r in rows]
            if rows := pack.get(f"patches_{variant}", {}).get("rows"):
                patch.append(_line(name, [pack["clean"][variant]["sample"], *rows], role, dash))
                areas = ["0", *(f"{100 * r['area']:g}" for r in rows)]
    robust = report["packs"]["robust"]
    if "defended" in robust:
        masked = [r["attacked"] for r in robust["defended"]["rows"] if r["variant"] == "alone"]
        patch.append(_line("robust, masking on", [robust["clean"]["alone"]["sample"], *masked], "extra", "solid"))
    drawn = {
        "accuracy-linf.svg": (radii, linf, "L∞ radius, of 255 (not to scale)", "balanced accuracy, worst case of the ensemble"),
        "accuracy-patch.svg": (areas, patch, "area of the patch, % of the crop (not to scale)", "balanced accuracy, best place, all aims"),
    }
    return {name: plots.curves(name, *rest) for name, rest in drawn.items() if rest[1]}


def attacked(rows: list[dict]) -> list[dict]:
    """The rows with an attack."""
    return [r for r in rows if r["eps255"]]


def _line(label: str, rows: list[dict], color: str, dash: str) -> plots.Curve:
    # Only the undotted lines carry a band: more would hide one another.
    bands = [tuple(r["interval95"]) for r in rows] if dash == "solid" else None
    return plots.Curve(label, [r["balanced_accuracy"] for r in rows], bands, color, dash)
