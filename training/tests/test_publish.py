import json
import re
from pathlib import Path

import pytest

from training import publish
from training.corrupt.kinds import KINDS
from training.corrupt.light import ladder
from training.pack import manifest
from training.report import corrupted, effort, headline

ROOT = Path(__file__).parents[2]


def corrupted_report() -> dict:
    """What a report holds of light and corruptions; base errs on 0.2, 0.3 … of the crops of a kind, robust on half as many of the first."""

    def row(value: float) -> dict:
        return {"balanced_accuracy": value, "interval95": [value - 0.1, value], "recall": {"incorrect": 0.8}, "none_to_correct": 0.01}

    def rows(value: float) -> dict:
        return {"strengths": [row(value)] * 5, "mean": row(value)}

    packs = {}
    for role, accuracies in {"base": (0.8, 0.7), "robust": (0.9, 0.7)}.items():
        kinds = {"snow": rows(accuracies[0]), "fog": rows(accuracies[1])}
        found = {"light": {rung: row(0.8) for rung in (*corrupted.SUMMARY, "gray")}, "corruption": {"kinds": kinds, "all": rows(0.75)}}
        share = {"value": accuracies[0], "interval95": [0.1, 0.95]}
        worn = {"nose": {"images": 37, "right": share, "to_correct": {"value": 0.2, "interval95": [0.05, 0.4]}}}
        found["worn"] = {"split": "val", "people": 2, "rows": worn}
        packs[role] = {"model": {"sha256": role}, "seconds": {"light": 1.2, "corruption": 10}} | found
    images = {"correct": 1000, "incorrect": 100, "none": 200}
    return {"packs": packs, "data": {"split": "test", "images": images}, "made": {"seed": 1}}


@pytest.fixture
def report(tmp_path) -> Path:
    """A folder with a report, and the two documents without tables."""
    row = {"must": 0.86, "aim": 0.95, "below": False, "verdict": "must"}
    row |= {"base": {"value": 0.9215, "interval95": [0.9, 0.95]}, "robust": {"value": 0.914, "interval95": [0.88, 0.95]}}
    lost = {"figure": "lost", "must": 0.02, "aim": 0.005, "below": True, "verdict": "missed", "base": None}
    lost |= {"robust": {"value": 0.1, "interval95": None}}
    rows = [row | {"figure": figure} for figure in publish.SUMMARY]
    (tmp_path / "report.json").write_text(json.dumps({"headline": [*rows, lost], **corrupted_report()}))
    for name in (*publish.CURVES, publish.CORRUPTION_CURVE):
        (tmp_path / name).write_text(f"<svg>{name}</svg>")
    (tmp_path / "docs").mkdir()
    both = f"before\n\n{publish.BEGIN}\nyesterday\n{publish.END}\n\nafter\n"
    light = f"{publish.CORRUPTION_BEGIN}\nyesterday\n{publish.CORRUPTION_END}\nafter\n"
    more = "".join(
        f"{begin}\nyesterday\n{end}\n"
        for begin, end in (
            (publish.CONDITIONS_BEGIN, publish.CONDITIONS_END),
            (publish.EFFORT_BEGIN, publish.EFFORT_END),
            (publish.WORN_BEGIN, publish.WORN_END),
        )
    )
    (tmp_path / "docs" / "RESULTS.md").write_text(f"{both[:-6]}{more}{light}")
    (tmp_path / "README.md").write_text(f"{both[:-6]}{light}")
    return tmp_path


def spoil_part(folder: Path, name: str) -> None:
    found = json.loads((folder / "report.json").read_text())
    del found["packs"]["robust"][name]
    (folder / "report.json").write_text(json.dumps(found))


def run(folder: Path, *more: str) -> int:
    packs = [str(ROOT / "models" / role) for role in ("base", "robust")]
    return publish.main(
        [
            "--report",
            str(folder),
            "--packs",
            *packs,
            "--results",
            str(folder / "docs" / "RESULTS.md"),
            "--readme",
            str(folder / "README.md"),
            *more,
        ]
    )


def test_tables_and_curves_are_put_in_place(report):
    assert run(report) == 0
    texts = [(report / name).read_text() for name in ("docs/RESULTS.md", "README.md")]
    for text in texts:
        assert text.startswith("before\n\n<!-- headline")
        assert text.endswith("after\n")
        assert "<!-- end of headline -->\n\n" in text
        assert "yesterday" not in text
    assert "| clean balanced accuracy | 0.921 | 0.914 | 0.88 to 0.95 | 0.86 | 0.95 |" in texts[0]
    assert "| lost | not measured | **0.100** |  | ≤ 0.02 | ≤ 0.005 |" in texts[0]
    assert "| no attack | 0.921 | 0.914 | 0.88 to 0.95 |" in texts[1]
    assert "lost" not in texts[1]
    assert "| nose out | 37 | 0.80 | 0.90 | 0.10 to 0.95 | 0.20 | 0.20 | 0.05 to 0.40 |" in texts[0]
    assert "labeled crops of `val`, worn by 2 people" in texts[0]
    for name in publish.CURVES:
        assert (report / "docs" / name).read_text() == f"<svg>{name}</svg>"
    assert run(report) == 0
    assert [(report / name).read_text() for name in ("docs/RESULTS.md", "README.md")] == texts


def test_the_certificates_come_first_where_they_were_measured(report):
    assert run(report) == 0
    assert "never called" not in (report / "README.md").read_text(), "of a report of before there is none"
    found = json.loads((report / "report.json").read_text())
    proven = {"must": 0.97, "aim": 0.99, "below": False, "verdict": "missed", "base": None}
    values = {figure: {"value": value, "interval95": [0.4, 0.98]} for figure, value in zip(publish.CERTIFIED, (0.955, 0.5), strict=True)}
    found["headline"] = [proven | {"figure": figure, "robust": value} for figure, value in values.items()] + found["headline"]
    (report / "report.json").write_text(json.dumps(found))
    assert run(report) == 0
    text = (report / "README.md").read_text()
    rows = [
        "| bare faces | not measured | 0.955 | 0.40 to 0.98 |",
        "| faces whose mask is worn wrongly | not measured | 0.500 |",
        "| no attack |",
    ]
    places = [text.index(row) for row in rows]
    assert places == sorted(places)
    assert text.index(publish.PROOF) < places[0]
    table = (report / "docs" / "RESULTS.md").read_text()
    assert table.index("| certified never correct, 2 %, k = 3: bare faces | not measured | **0.955** |") < table.index(
        "| clean balanced accuracy |"
    )


def test_corruptions_are_put_in_place_alone(report):
    found = json.loads((report / "report.json").read_text())
    del found["headline"]
    (report / "report.json").write_text(json.dumps(found))
    assert run(report, "--tables", "corruption") == 0
    assert "| a quarter of the light | 0.800 | 0.800 | 0.70 to 0.80 | 0.010 |" in (report / "README.md").read_text()
    assert "yesterday" in (report / "README.md").read_text(), "the table of attacks stays"
    text = (report / "docs" / "RESULTS.md").read_text()
    assert text.count("yesterday") == 4, "the other tables stay"
    assert "measured both packs on 1,300 crops of `test`. It took 22 s" in text
    assert "| gray | 0.800 | 0.70 to 0.80 | 0.800 | 0.70 to 0.80 | 0.80 | 0.010 |" in text
    # Errors 0.1 by 0.2 and 0.3 by 0.3: 0.5 and 1, the mean 0.75.
    assert "**0.75**" in text
    assert "| snow | robust | 0.90 | 0.90 | 0.90 | 0.90 | 0.90 | 0.900 | 0.80 to 0.90 | 0.010 | 0.50 |" in text
    assert "| **all kinds** | base | 0.75 | 0.75 | 0.75 | 0.75 | 0.75 | 0.750 | 0.65 to 0.75 | 0.010 |  |" in text
    assert (report / "docs" / publish.CORRUPTION_CURVE).is_file()
    assert not (report / "docs" / publish.CURVES[0]).exists()
    assert corrupted.markdown(json.loads((report / "docs" / publish.CORRUPTION_FIGURES).read_text())) in text


@pytest.mark.parametrize(
    ("spoil", "want"),
    [
        (lambda folder: (folder / "report.json").write_text("{}"), "report.json: no 'headline'; make the report again"),
        (lambda folder: (folder / "report.json").write_text("["), "report.json: not a report: "),
        (lambda folder: spoil_part(folder, "light"), "report.json: no 'light'; make the report again"),
        (lambda folder: (folder / "report.json").write_text('{"headline": []}'), "report.json: no figure 'clean balanced accuracy'"),
        (lambda folder: (folder / "README.md").write_text("nothing"), "README.md: the lines"),
        (lambda folder: (folder / "docs" / "RESULTS.md").write_text("nothing"), "RESULTS.md: the lines"),
        (lambda folder: (folder / "docs" / "RESULTS.md").unlink(), "RESULTS.md"),
    ],
)
def test_an_unusable_report_or_document_is_refused(report, capsys, spoil, want):
    spoil(report)
    assert run(report) == 65
    assert want in capsys.readouterr().err


@pytest.fixture(scope="module")
def shipped() -> list[dict]:
    """The headline of the shipped packs, under the figures' names of today."""
    packs = {role: json.loads((ROOT / "models" / role / "evaluation.json").read_text(encoding="utf-8")) for role in ("base", "robust")}
    rows = []
    goals = list(headline.GOALS)
    if "never_correct" not in packs["robust"]["certified"]["rows"][0]:  # a pack of before version 3
        goals = [goal for goal in goals if goal.figure not in publish.CERTIFIED]
    for robust, base, goal in zip(packs["robust"]["headline"], packs["base"]["headline"], goals, strict=True):
        assert (robust["must"], robust["aim"]) == (goal.must, goal.aim)
        verdict = goal.verdict(robust["robust"] and robust["robust"]["value"])
        rows.append(robust | {"figure": goal.figure, "base": base["base"], "verdict": verdict})
    return rows


@pytest.mark.parametrize(("document", "content"), [("docs/RESULTS.md", publish.table), ("README.md", publish.summary)])
def test_the_documents_show_what_the_packs_hold(shipped, document, content):
    text = (ROOT / document).read_text(encoding="utf-8")
    shown = re.search(re.escape(publish.BEGIN) + "(.*)" + re.escape(publish.END), text, re.DOTALL).group(1).strip()
    assert shown == content(shipped)


def test_the_results_show_the_conditions_of_the_packs():
    text = (ROOT / "docs/RESULTS.md").read_text(encoding="utf-8")
    marks = re.escape(publish.CONDITIONS_BEGIN) + "(.*)" + re.escape(publish.CONDITIONS_END)
    base, robust = (json.loads((ROOT / "models" / role / "evaluation.json").read_text(encoding="utf-8")) for role in ("base", "robust"))
    assert re.search(marks, text, re.DOTALL).group(1).strip() == publish.conditions(base, robust)


def test_the_results_show_the_effort_and_the_worst_case_of_the_packs():
    text = (ROOT / "docs/RESULTS.md").read_text(encoding="utf-8")
    marks = re.escape(publish.EFFORT_BEGIN) + "(.*)" + re.escape(publish.EFFORT_END)
    base, robust = (json.loads((ROOT / "models" / role / "evaluation.json").read_text(encoding="utf-8")) for role in ("base", "robust"))
    assert re.search(marks, text, re.DOTALL).group(1).strip() == effort.markdown(base, robust)


def variant(images: int, backward: tuple[str, ...] = (), **settings: int) -> dict:
    full = dict.fromkeys(("ce", "dlr", "targeted_ce", "targeted_cw"), 50) | {"restarts": 2, "fab": 15, "square": 300, "rays": 200}
    row = {"eps255": 4, "images": images, "balanced_accuracy": 0.5, "interval95": [0.4, 0.6]}
    return {"settings": full | settings, "backward": list(backward), "rows": [row]}


def test_the_effort_is_said_from_what_was_run():
    ways = ("exact subgradient", "identity")
    same = effort.sentences({"ensemble_alone": variant(150), "ensemble_smoothed": variant(150, ways)})
    losses = "cross-entropy, DLR, targeted cross-entropy and targeted margin"
    want = f"on 150 crops. APGD takes 50 steps on {losses}, 2 runs of each. FAB takes 15 steps. Square asks 300 times."
    assert want in same[0]
    assert same[1] == "Behind the median, the same crops met the same effort."
    assert "in 2 ways: its exact subgradient and the identity in its place (BPDA)." in same[2]
    less = {"ce": 6, "dlr": 6, "targeted_ce": 0, "targeted_cw": 4, "restarts": 1, "fab": 0}
    for lesser in (variant(75, ways), variant(150, ways, **less)):
        assert "the same" not in effort.sentences({"ensemble_alone": variant(150), "ensemble_smoothed": lesser})[1]
    want = (
        "75 crops. APGD takes 6 steps on cross-entropy and DLR, 1 run of each. APGD takes 4 steps on targeted margin, 1 run of each. Square"
    )
    assert want in effort.sentences({"ensemble_alone": variant(150), "ensemble_smoothed": variant(75, ways, **less)})[1]


def test_the_results_show_the_corruptions_of_the_shipped_packs():
    text = (ROOT / "docs/RESULTS.md").read_text(encoding="utf-8")
    marks = re.escape(publish.CORRUPTION_BEGIN) + "(.*)" + re.escape(publish.CORRUPTION_END)
    figures = json.loads((ROOT / "docs" / publish.CORRUPTION_FIGURES).read_text(encoding="utf-8"))
    assert re.search(marks, text, re.DOTALL).group(1).strip() == corrupted.markdown(figures)
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(marks, text, re.DOTALL).group(1).strip() == corrupted.summary(figures)
    for role, pack in figures["packs"].items():
        found = manifest.read(ROOT / "models" / role)
        assert pack["model"]["sha256"] == found["files"][found["models"]["float32"]], f"measure {role} again"
        assert list(pack["kinds"]) == list(KINDS)
        assert list(pack["light"]) == list(ladder())
