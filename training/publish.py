"""Puts the report's headline into the README and its curves into docs/: python -m training.publish --report dist/robustness."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path

CURVES = ("accuracy-linf.svg", "accuracy-patch.svg")
BEGIN, END = "<!-- headline: written by training/publish.py -->", "<!-- end of headline -->"


class PublishError(ValueError):
    """The report or the README is not what it should be."""


def table(rows: list[dict]) -> str:
    """The headline as a Markdown table; what the robust network must reach and does not is in bold."""
    lines = ["| figure | base | robust | 95 % | must | aim |", "| --- | --- | --- | --- | --- | --- |"]
    for row in rows:
        base, robust = (_value(row[role]) for role in ("base", "robust"))
        interval = row["robust"] and row["robust"]["interval95"]
        shown = f"{interval[0]:.2f} to {interval[1]:.2f}" if interval else ""
        must, aim = (f"≤ {row[k]}" if row["below"] else str(row[k]) for k in ("must", "aim"))
        strong = f"**{robust}**" if row["verdict"] == "missed" else robust
        lines.append(f"| {row['figure']} | {base} | {strong} | {shown} | {must} | {aim} |")
    return "\n".join(lines)


def fill(text: str, content: str, name: str) -> str:
    """text with content between the two marks; name is the file's, for the error."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise PublishError(f"{name}: the lines {BEGIN!r} and {END!r} are missing; put them where the table shall stand")
    return f"{head}{BEGIN}\n\n{content}\n\n{END}{tail}"


def publish(folder: Path, readme: Path, docs: Path) -> None:
    """Writes the table of folder/report.json into readme, and copies the curves into docs."""
    path = folder / "report.json"
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["headline"]
    except (OSError, KeyError, ValueError) as err:
        raise PublishError(f"{path}: not a report: {err}; make one with `make robustness`") from err
    readme.write_text(fill(readme.read_text(encoding="utf-8"), table(rows), str(readme)), encoding="utf-8")
    for name in CURVES:
        shutil.copyfile(folder / name, docs / name)


def _value(found: dict | None) -> str:
    return "not measured" if found is None else f"{found['value']:.3f}"


def main(arguments: list[str] | None = None) -> int:
    """Returns 0, or 65 for unusable input."""
    parser = argparse.ArgumentParser(prog="python -m training.publish", description=__doc__)
    parser.add_argument("--report", type=Path, default=Path("dist/robustness"), help="folder of report.json and the curves")
    parser.add_argument("--readme", type=Path, default=Path("README.md"))
    parser.add_argument("--docs", type=Path, default=Path("docs"))
    args = parser.parse_args(arguments)
    try:
        publish(args.report, args.readme, args.docs)
    except (PublishError, OSError) as err:
        print(f"error: {err}", file=sys.stderr)
        return 65
    return 0


if __name__ == "__main__":
    sys.exit(main())
