import json
import re
from pathlib import Path

import pytest

from training import publish
from training.report import headline

ROOT = Path(__file__).parents[2]


@pytest.fixture
def report(tmp_path) -> Path:
    row = {"figure": "clean", "must": 0.86, "aim": 0.95, "below": False, "verdict": "must"}
    row |= {"base": {"value": 0.9215, "interval95": [0.9, 0.95]}, "robust": {"value": 0.914, "interval95": [0.88, 0.95]}}
    lost = {"figure": "lost", "must": 0.02, "aim": 0.005, "below": True, "verdict": "missed", "base": None}
    lost |= {"robust": {"value": 0.1, "interval95": None}}
    (tmp_path / "report.json").write_text(json.dumps({"headline": [row, lost]}))
    for name in publish.CURVES:
        (tmp_path / name).write_text(f"<svg>{name}</svg>")
    return tmp_path


def test_the_table_and_the_curves_are_put_in_place(report, tmp_path):
    readme, docs = tmp_path / "README.md", tmp_path / "docs"
    docs.mkdir()
    readme.write_text(f"before\n\n{publish.BEGIN}\nold\n{publish.END}\n\nafter\n")
    arguments = ["--report", str(report), "--readme", str(readme), "--docs", str(docs)]
    assert publish.main(arguments) == 0
    text = readme.read_text()
    assert text.startswith("before\n\n<!-- headline")
    assert text.endswith("<!-- end of headline -->\n\nafter\n")
    assert "| clean | 0.921 | 0.914 | 0.88 to 0.95 | 0.86 | 0.95 |" in text
    assert "| lost | not measured | **0.100** |  | ≤ 0.02 | ≤ 0.005 |" in text
    assert "old" not in text
    assert (docs / "accuracy-linf.svg").read_text() == "<svg>accuracy-linf.svg</svg>"
    assert publish.main(arguments) == 0
    assert readme.read_text() == text


@pytest.mark.parametrize(
    ("spoil", "want"),
    [
        (lambda folder: (folder / "report.json").write_text("{}"), "report.json: not a report: 'headline'; make one"),
        (lambda folder: (folder / "README.md").write_text("nothing"), "README.md: the lines"),
    ],
)
def test_what_does_not_fit_is_said(report, capsys, spoil, want):
    (report / "README.md").write_text(f"{publish.BEGIN}\n{publish.END}\n")
    spoil(report)
    assert publish.main(["--report", str(report), "--readme", str(report / "README.md"), "--docs", str(report)]) == 65
    assert want in capsys.readouterr().err


def test_the_readme_shows_what_the_packs_hold():
    """The figures of the shipped packs and those of the README are the same."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.search(re.escape(publish.BEGIN) + "(.*)" + re.escape(publish.END), text, re.DOTALL).group(1).strip()
    packs = {role: json.loads((ROOT / "models" / role / "evaluation.json").read_text(encoding="utf-8")) for role in ("base", "robust")}
    rows = packs["robust"]["headline"]
    for row, other, goal in zip(rows, packs["base"]["headline"], headline.GOALS, strict=True):
        row |= {"base": other["base"], "verdict": goal.verdict(row["robust"] and row["robust"]["value"])}
    assert shown == publish.table(rows)
