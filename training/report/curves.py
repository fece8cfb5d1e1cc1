"""The curves: accuracy of base and robust against L-infinity strength, patch area, and the strength of corruptions."""

from __future__ import annotations

from training.corrupt.kinds import STRENGTHS
from training.measure.subject import VARIANTS
from training.report import plots


def draw(report: dict) -> dict[str, str]:
    """The curves of base and robust, by file name, of what was measured."""
    linf, patch, corrupt, radii, areas = [], [], [], [], []
    for variant, dash in zip(VARIANTS, ("solid", "dashed"), strict=True):
        for role, pack in report["packs"].items():
            name = role if variant == "alone" else f"{role}, with 3x3 median"
            if rows := pack.get(f"ensemble_{variant}", {}).get("rows"):
                linf.append(_line(name, rows, role, dash))
                radii = [str(r["eps255"]) for r in rows]
            if rows := pack.get(f"patches_{variant}", {}).get("rows"):
                patch.append(_line(name, [pack["clean"][variant]["sample"], *rows], role, dash))
                areas = ["0", *(f"{100 * r['area']:g}" for r in rows)]
    for role, pack in report["packs"].items():
        if all(name in pack for name in ("light", "corruption")):
            rows = [next(iter(pack["light"].values())), *pack["corruption"]["all"]["strengths"]]
            corrupt.append(_line(f"{role}, with 3x3 median", rows, role, "solid"))
    robust = report["packs"]["robust"]
    if "defended" in robust:
        masked = [r["attacked"] for r in robust["defended"]["rows"] if r["variant"] == "alone"]
        patch.append(_line("robust, masking on", [robust["clean"]["alone"]["sample"], *masked], "extra", "solid"))
    drawn = {
        "accuracy-linf.svg": (radii, linf, "L∞ radius, of 255 (not to scale)", "balanced accuracy, worst case of the ensemble"),
        "accuracy-corruption.svg": (
            [str(s) for s in (0, *STRENGTHS)],
            corrupt,
            "strength of ImageNet-C",
            "balanced accuracy, mean of 15 kinds",
        ),
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
