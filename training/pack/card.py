"""MODEL_CARD.md, rendered from what is measured and recorded in a pack; no figure is typed by hand.

The cards of the shipped packs are signed, so the words of the template can change only when those packs are signed again.
"""

from __future__ import annotations

import json
from pathlib import Path

import jinja2

from training.net.model import CLASSES

FILE = "MODEL_CARD.md"
TEMPLATE = "card.md"


def write(folder: Path, manifest: dict) -> None:
    """Writes the card of the pack in folder from manifest, training.json, agreement.json, golden.json and evaluation.json, if there."""
    (folder / FILE).write_text(render(folder, manifest), encoding="utf-8")


def render(folder: Path, manifest: dict) -> str:
    """The card's text."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=False,  # it is Markdown
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["figure"] = _figure
    names = ("training", "agreement", "evaluation", "golden/golden", "patches/patches")
    records = {name.split("/")[-1]: _load(folder / f"{name}.json") for name in names}
    text = environment.get_template(TEMPLATE).render(manifest=manifest, classes=CLASSES, **records)
    return "".join(line.rstrip() + "\n" for line in text.splitlines())


def _load(path: Path) -> dict | None:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def _figure(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
