"""Puts the report's figures into docs/RESULTS.md and README.md, and its curves into docs/: python -m training.publish.

Figures of corruptions also go into docs/corruption.json, from which their tables can be made again.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Collection
from functools import cached_property
from pathlib import Path
from typing import Any

from training.measure.parts import save
from training.plain import plain
from training.report import corrupted, effort, headline, worn

CURVES = ("accuracy-linf.svg", "accuracy-patch.svg")
BEGIN, END = "<!-- headline: written by training/publish.py -->", "<!-- end of headline -->"
CONDITIONS_BEGIN, CONDITIONS_END = "<!-- conditions: written by training/publish.py -->", "<!-- end of conditions -->"
CORRUPTION_BEGIN, CORRUPTION_END = "<!-- corruption: written by training/publish.py -->", "<!-- end of corruption -->"
CORRUPTION_CURVE, CORRUPTION_FIGURES = "accuracy-corruption.svg", "corruption.json"
EFFORT_BEGIN, EFFORT_END = "<!-- effort: written by training/publish.py -->", "<!-- end of effort -->"
WORN_BEGIN, WORN_END = "<!-- worn: written by training/publish.py -->", "<!-- end of worn -->"
TABLES = ("headline", "effort", "worn", "conditions", "corruption")
# The rows of the README's table, by their names in the report, in a newcomer's words.
SUMMARY = {
    "clean balanced accuracy": "no attack",
    "L∞ worst case over the ensemble, 4/255": "noise of 4/255 on every pixel, worst of all attacks",
    "patch of 2 %, best of 25 places, all aims: network alone": "patch of 2 % of the picture, made for it at its best place",
}


# What comes before it: certificates, by their names in the report.
CERTIFIED = {f"{headline.NEVER}: bare faces": "bare faces", f"{headline.NEVER}: masks worn wrongly": "faces whose mask is worn wrongly"}
PROOF = "Proven, face by face, against every patch of up to 2 % of the picture, wherever it is put and whatever it shows:"


class PublishError(ValueError):
    """The report or a document is not what it should be."""


def table(rows: list[dict]) -> str:
    """The headline as a Markdown table; a figure of the robust network that misses its requirement is bold.

    rows: those of report.headline.table, values in the unit of their figure.
    """
    lines = ["| figure | base | robust | 95 % | must | aim |", "| --- | --- | --- | --- | --- | --- |"]
    for row in rows:
        must, aim = (f"≤ {row[k]}" if row["below"] else str(row[k]) for k in ("must", "aim"))
        robust = _value(row["robust"])
        strong = f"**{robust}**" if row["verdict"] == "missed" else robust
        lines.append(f"| {row['figure']} | {_value(row['base'])} | {strong} | {_interval(row['robust'])} | {must} | {aim} |")
    return "\n".join(lines)


def summary(rows: list[dict], name: str = "report") -> str:
    """The rows of CERTIFIED, where they were measured, and of SUMMARY as Markdown tables.

    Raises PublishError, with the name of the report, where a row of SUMMARY is missing.
    """
    by_figure = {row["figure"]: row for row in rows}
    lines = []
    if any((by_figure.get(figure) or {}).get("robust") for figure in CERTIFIED):
        lines += [PROOF, "", "| never called `correct` | undefended network | shipped network | 95 % |", "| --- | --- | --- | --- |"]
        for figure, words in CERTIFIED.items():
            row = by_figure[figure]
            lines.append(f"| {words} | {_value(row['base'])} | {_value(row['robust'])} | {_interval(row['robust'])} |")
        lines += ["", "Measured, not proven:", ""]
    lines += ["| balanced accuracy under | undefended network | shipped network | 95 % |", "| --- | --- | --- | --- |"]
    for figure, words in SUMMARY.items():
        if figure not in by_figure:
            raise PublishError(f"{name}: no figure {figure!r}; make the report again with `make robustness`")
        row = by_figure[figure]
        lines.append(f"| {words} | {_value(row['base'])} | {_value(row['robust'])} | {_interval(row['robust'])} |")
    return "\n".join(lines)


def conditions(base: dict, robust: dict) -> str:
    """What light, blur, noise and size do without an attacker, as a Markdown table.

    base, robust: the packs' evaluation.json; balanced accuracies behind the smoothing, 0 to 1.
    """
    lines = ["| condition | base | robust | none → correct, robust |", "| --- | --- | --- | --- |"]
    rows = {"as it is": [e["clean"]["smoothed"]["test"] for e in (base, robust)]}
    rows |= {name: [e["controls"]["smoothed"][name] for e in (base, robust)] for name in robust["controls"]["smoothed"]}
    for name, (b, r) in rows.items():
        words = name.replace("grey", "gray")  # as the report of the shipped packs spells it
        lines.append(f"| {words} | {b['balanced_accuracy']:.3f} | {r['balanced_accuracy']:.3f} | {r['none_to_correct']:.3f} |")
    return "\n".join(lines)


def fill(text: str, content: str, name: str, marks: tuple[str, str] = (BEGIN, END)) -> str:
    """text with content between the two marks; raises PublishError, with the document's name, where they are missing."""
    head, begin, rest = text.partition(marks[0])
    _, end, tail = rest.partition(marks[1])
    if not begin or not end:
        raise PublishError(f"{name}: the lines {marks[0]!r} and {marks[1]!r} are missing; put them where the table belongs")
    return f"{head}{marks[0]}\n\n{content}\n\n{marks[1]}{tail}"


def put(path: Path, content: str, marks: tuple[str, str]) -> None:
    """Writes content between the two marks of a document; raises PublishError or OSError."""
    path.write_text(fill(path.read_text(encoding="utf-8"), content, str(path), marks), encoding="utf-8")


def publish(folder: Path, packs: tuple[Path, Path], results: Path, readme: Path, tables: Collection[str] = TABLES) -> None:
    """Writes `tables` of folder/report.json and of the packs base and robust into the documents, and copies their curves next to results.

    Raises PublishError, or OSError, before it writes anything but curves.
    """
    report, curves = _Report(folder / "report.json"), []
    filled = {document: document.read_text(encoding="utf-8") for document in (results, readme)}
    if "headline" in tables:
        rows = report.get(lambda found: found["headline"])
        filled[results] = fill(filled[results], table(rows), str(results))
        filled[readme] = fill(filled[readme], summary(rows, str(report.path)), str(readme))
        curves += CURVES
    if "worn" in tables:
        content = report.get(lambda found: worn.markdown(found["packs"]))
        filled[results] = fill(filled[results], content, str(results), (WORN_BEGIN, WORN_END))
    if not {"effort", "conditions"}.isdisjoint(tables):
        base, robust = (json.loads((pack / "evaluation.json").read_text(encoding="utf-8")) for pack in packs)
    if "effort" in tables:
        filled[results] = fill(filled[results], effort.markdown(base, robust), str(results), (EFFORT_BEGIN, EFFORT_END))
    if "conditions" in tables:
        filled[results] = fill(filled[results], conditions(base, robust), str(results), (CONDITIONS_BEGIN, CONDITIONS_END))
    figures = report.get(corrupted.published) if "corruption" in tables else None
    if figures:
        filled[results] = fill(filled[results], corrupted.markdown(figures), str(results), (CORRUPTION_BEGIN, CORRUPTION_END))
        filled[readme] = fill(filled[readme], corrupted.summary(figures), str(readme), (CORRUPTION_BEGIN, CORRUPTION_END))
        curves.append(CORRUPTION_CURVE)
    for name in curves:
        shutil.copyfile(folder / name, results.parent / name)
    if figures:
        save(results.parent / CORRUPTION_FIGURES, figures)
    for document, text in filled.items():
        document.write_text(text, encoding="utf-8")


class _Report:
    """A report.json, read once, when something of it is wanted."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def _found(self) -> dict:
        try:
            return json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as err:
            raise PublishError(f"{self.path}: not a report: {err}; make one with `make robustness`") from err

    def get(self, pick: Callable[[dict], Any]) -> Any:
        """What `pick` takes out of it; PublishError where something is missing."""
        try:
            return pick(self._found)
        except KeyError as err:
            raise PublishError(f"{self.path}: no {err}; make the report again with `make robustness`") from err


def _value(found: dict | None) -> str:
    return "not measured" if found is None else f"{found['value']:.3f}"


def _interval(found: dict | None) -> str:
    return f"{found['interval95'][0]:.2f} to {found['interval95'][1]:.2f}" if found and found["interval95"] else ""


def main(arguments: list[str] | None = None) -> int:
    """Returns 0, or 65 for unusable input."""
    parser = argparse.ArgumentParser(prog="python -m training.publish", description=__doc__.splitlines()[0])
    parser.add_argument("--report", type=Path, default=Path("dist/robustness"), help="folder of report.json and the curves")
    parser.add_argument(
        "--packs", type=Path, nargs=2, default=[Path("models/base"), Path("models/robust")], help="the packs base and robust"
    )
    parser.add_argument("--results", type=Path, default=Path("docs/RESULTS.md"), help="document of all figures; the curves go next to it")
    parser.add_argument("--readme", type=Path, default=Path("README.md"), help="document of the main figures")
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=TABLES, help="what of the report is put into the documents")
    args = parser.parse_args(arguments)
    try:
        publish(args.report, (args.packs[0], args.packs[1]), args.results, args.readme, args.tables)
    except (PublishError, OSError) as err:
        print(f"error: {plain(err)}", file=sys.stderr)
        return 65
    return 0


if __name__ == "__main__":
    sys.exit(main())
