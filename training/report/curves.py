"""The two curves: accuracy of base and robust against L-infinity strength and against patch area."""

from __future__ import annotations

from training.measure.subject import VARIANTS
from training.report import plots


def draw(report: dict) -> dict[str, str]:
    """The two curves of base and robust, by file name: accuracy against L-infinity strength and against patch area."""
    packs = report["packs"]
    linf, patch = [], []
    for variant, dash in zip(VARIANTS, ("solid", "dashed"), strict=True):
        for role in packs:
            suffix = "" if variant == "alone" else ", with 3x3 median"
            clean = packs[role]["clean"][variant]["sample"]
            linf.append(_line(f"{role}{suffix}", packs[role][f"ensemble_{variant}"]["rows"], role, dash))
            patch.append(_line(f"{role}{suffix}", [clean, *packs[role][f"patches_{variant}"]["rows"]], role, dash))
    clean = packs["robust"]["clean"]["alone"]["sample"]
    masked = [r["attacked"] for r in packs["robust"]["defended"]["rows"] if r["variant"] == "alone"]
    patch.append(_line("robust, masking on", [clean, *masked], "extra", "solid"))
    radii = ["0", *(str(r["eps255"]) for r in attacked(packs["robust"]["ensemble_alone"]["rows"]))]
    areas = ["0", *(f"{100 * r['area']:g}" for r in packs["robust"]["patches_alone"]["rows"])]
    return {
        "accuracy-linf.svg": plots.curves(
            "linf", radii, linf, "L∞ radius, of 255 (not to scale)", "balanced accuracy, worst case of the ensemble"
        ),
        "accuracy-patch.svg": plots.curves(
            "patch", areas, patch, "area of the patch, % of the crop (not to scale)", "balanced accuracy, best of 25 places, all aims"
        ),
    }


def attacked(rows: list[dict]) -> list[dict]:
    """The rows with an attack."""
    return [r for r in rows if r["eps255"]]


def _line(label: str, rows: list[dict], colour: str, dash: str) -> plots.Curve:
    # Only the undotted lines carry a band: more would hide one another.
    bands = [tuple(r["interval95"]) for r in rows] if dash == "solid" else None
    return plots.Curve(label, [r["balanced_accuracy"] for r in rows], bands, colour, dash)
