"""Puts measurements together into report.json and the page made of it."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
import time
from collections.abc import Iterator
from pathlib import Path

import jinja2
import numpy as np

from training.measure.context import Context, Effort
from training.measure.parts import save
from training.measure.subject import VARIANTS
from training.net.model import CLASSES
from training.report import attacked, corrupted, curves, defenses, headline, plots, sanity, unattacked, worn
from training.report.cells import Section, number

PACKAGES = ("tensorflow-cpu", "keras", "ai-edge-litert", "numpy", "scipy", "opencv-python-headless")
HERE = Path(__file__).parent
# Each with the measurements it needs, in reading order.
SECTIONS = (
    (unattacked.clean, ("clean",)),
    (worn.section, ("worn",)),
    (attacked.linf, tuple(f"{kind}_{v}" for kind in ("linf", "ensemble") for v in VARIANTS)),
    (attacked.minimal, ("minimal",)),
    (attacked.patches, ("patches_alone", "patches_smoothed")),
    (attacked.physical, ("physical",)),
    (attacked.universal, ("universal",)),
    (defenses.defended, ("defended",)),
    (defenses.reported, ("reported",)),
    (defenses.certified, ("certified",)),
    (defenses.detector, ("detector",)),
    (unattacked.controls, ("controls",)),
    (corrupted.section, ("light", "corruption")),
    (attacked.tools, ("tools",)),
)


def describe_data(source: Path, split: str, context: Context, skipped: list[tuple[str, str]]) -> dict:
    """What a report says of the crops; the digests distinguish runs on other crops."""
    counts = lambda labels: {c: int((labels == i).sum()) for i, c in enumerate(CLASSES)}  # noqa: E731
    digest = lambda crops: hashlib.sha256(crops.images.tobytes() + crops.labels.tobytes()).hexdigest()  # noqa: E731
    return {
        "source": source.name,
        "split": split,
        "images": counts(context.test.labels),
        "groups": len(np.unique(context.test.groups)),
        "sample": counts(context.sampled.labels),
        "val": counts(context.val.labels),
        "skipped": [list(s) for s in skipped],
        "sha256": {"test": digest(context.test), "val": digest(context.val)},
    }


def assemble(found: dict, effort: Effort, seed: int, seconds: float) -> dict:
    """The whole of report.json from what robustness.measure returns."""
    packs = found["packs"]
    return {
        "made": {
            "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
            "seconds": round(sum(sum(p["seconds"].values()) for p in packs.values())),
            "seconds_this_run": round(seconds),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
            "seed": seed,
            "effort": {"factor": round(effort.factor, 3), "sample": effort.sample},
        },
        "data": found["data"],
        "missing": found["missing"],
        "headline": headline.table(packs),
        "sanity": sanity.check(packs),
        "packs": packs,
    }


def of_pack(report: dict, role: str) -> dict:
    """What evaluation.json of one pack holds."""
    rows = [{k: v for k, v in row.items() if k in ("figure", "must", "aim", "below", role)} for row in report["headline"]]
    checks = [check for check in report["sanity"] if check["pack"] == role]
    return {k: report[k] for k in ("made", "data")} | {"headline": rows, "sanity": checks} | report["packs"][role]


def write(report: dict, folder: Path) -> None:
    """Writes report.json, report.html and the curves as SVG files below folder."""
    folder.mkdir(parents=True, exist_ok=True)
    save(folder / "report.json", report)
    drawn = curves.draw(report)
    for name, svg in drawn.items():
        (folder / name).write_text(svg, encoding="utf-8")
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    page = environment.get_template("page.html").render(
        report=report,
        sections=list(_sections(report["packs"])),
        curves=[plots.inline(svg, f"Balanced {Path(name).stem.replace('-', ' against ')}") for name, svg in drawn.items()],
        number=number,
        measurements=dict.fromkeys(name for pack in report["packs"].values() for name in pack["seconds"]),
        missing=report["missing"],
    )
    (folder / "report.html").write_text(page, encoding="utf-8")


def _sections(packs: dict) -> Iterator[Section]:
    for make, needs in SECTIONS:
        measured = {role: pack for role, pack in packs.items() if all(name in pack for name in needs)}
        if measured:
            yield make(measured)


def as_text(report: dict) -> str:
    """The headline and the checks that failed, for a terminal."""
    failed = [f"check failed: {c['pack']}: {c['check']}: {c['detail']}" for c in report["sanity"] if not c["held"]]
    return "\n".join([headline.as_text(report["headline"]), f"{len(report['sanity'])} checks, {len(failed)} failed", *failed])
