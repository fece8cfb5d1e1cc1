import csv
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from training import generalize
from training.fit import folds

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def people(dataset, tmp_path_factory):
    """The drawn faces with a manifest: those of train are a person of one source and another source, those of val the other person."""
    root = tmp_path_factory.mktemp("people")
    rows = []
    for i, path in enumerate(sorted(dataset.glob("*/*/*.png"))):
        split, label = path.parts[-3:-1]
        raw = path.read_bytes()
        (root / f"{i}.png").write_bytes(raw)
        group = {"train": ("ann", "web")[i % 2], "val": "bob", "test": "else"}[split]
        source = "street" if group in ("web", "else") else "cam"
        rows.append([f"{i}.png", split, label, source, group, hashlib.sha256(raw).hexdigest()])
    with (root / "manifest.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([["file", "split", "label", "source", "group", "sha256"], *rows])
    return root, rows


@pytest.fixture(scope="module")
def run(people, centerface, tmp_path_factory):
    root, rows = people
    work = tmp_path_factory.mktemp("work")
    kinds = work / "kinds.csv"
    noses = [row[5] for row in rows if row[2] == "incorrect"]
    kinds.write_text("sha256,kind\n" + "".join(f"{digest},{'nose' if i % 3 else 'chin'}\n" for i, digest in enumerate(noses)))
    document = work / "doc.md"
    document.write_text(f"before\n{generalize.MARKS[0]}\nof yesterday\n{generalize.MARKS[1]}\nafter\n")
    arguments = ["--data", str(root), "--work", str(work), "--people", "cam", "--least", "3", "--steps", "1"]
    arguments += ["--centerface", str(centerface), "--kinds", str(kinds), "--write", str(document)]
    with pytest.MonkeyPatch.context() as patch:
        small = {"batch": 6, "stem_steps": 0, "iterations": 1, "patch_iterations": 1}
        patch.setattr(generalize, "NOSES", 1)
        patch.setattr(folds, "CLEAN", folds.replace(folds.CLEAN, **small))
        patch.setattr(folds, "ATTACKED", folds.replace(folds.ATTACKED, **small))
        yield arguments, generalize.main(arguments), work


def test_every_person_and_source_is_judged(run, people):
    _, status, work = run
    assert status == 0
    result = json.loads((work / "generalize.json").read_text())
    rows = {row["fold"]: row for row in result["folds"]}
    assert list(rows) == ["person ann", "person bob", "source cam", "source street", "source cam, with attacks"]
    seen = [row for row in people[1] if row[1] != "test"]
    for name, row in rows.items():
        left = [r for r in seen if name.split(",")[0].split()[1] in (r[3], r[4])]
        assert row["images"] == {c: sum(r[2] == c for r in left) for c in generalize.CLASSES}
        assert row["noses"] > 0
        assert np.sum(row["confusion"]) == len(left)
    for name in ("balanced_accuracy", "incorrect", "nose_out_correct"):
        want = np.mean([rows[f"person {p}"][name] for p in ("ann", "bob")])
        assert result["mean"][name]["value"] == pytest.approx(want, abs=1e-3)


def test_the_table_goes_into_the_document(run):
    text = (run[2] / "doc.md").read_text()
    assert "yesterday" not in text
    assert "| **each of 2 people, mean** |  | 0." in text
    assert "| source cam, with attacks | " in text
    assert text.endswith("after\n")


def test_finished_folds_are_not_trained_again(run, capsys):
    arguments, _, work = run
    before = (work / "generalize.json").read_text()
    assert generalize.main(arguments) == 0
    assert "..." not in capsys.readouterr().err
    assert (work / "generalize.json").read_text() == before


def test_a_nose_that_is_out_counts_where_its_kind_is_labeled(monkeypatch):
    monkeypatch.setattr(generalize, "NOSES", 5)  # the whole run above has fewer
    labels, guesses = np.array([1] * 8 + [0, 2]), np.array([0, 0, 1, 2, 0, 1, 0, 0, 0, 2])
    kinds = np.array(["nose"] * 5 + ["chin", "chin", "", "nose", ""])
    row = generalize.judge(labels, guesses, kinds)
    assert (row["noses"], row["nose_out_correct"], row["incorrect"]) == (5, 0.6, 0.25)
    assert row["balanced_accuracy"] == 0.75
    kinds[0] = ""
    assert generalize.judge(labels, guesses, kinds)["nose_out_correct"] is None, "four are too few"


def test_a_mean_over_people_leaves_out_who_has_no_figure():
    rows = [{"a": 0.2}, {"a": None}, {"a": 0.4}]
    found = generalize.over(rows, "a")
    assert found["value"] == 0.3
    assert found["interval95"] == [0.2, 0.4]
    assert generalize.over([{"a": None}], "a") is None


def test_unusable_input(people, centerface, tmp_path, capsys):
    arguments = ["--data", str(people[0]), "--work", str(tmp_path), "--people", "nobody", "--centerface", str(centerface)]
    assert generalize.main(arguments) == 65
    assert "--people names one whose groups are people: cam, street" in capsys.readouterr().err


@pytest.mark.parametrize("row", ["abc,nose", f"{'0' * 64},ear", f"{'0' * 64}"])
def test_kinds_that_there_are_not(tmp_path, row):
    (tmp_path / "kinds.csv").write_text(f"sha256,kind\n{row}\n")
    with pytest.raises(generalize.data.DataError, match=r"kinds.csv: line 2: want sha256,kind with kind one of nose, chin"):
        generalize.data.kinds(tmp_path / "kinds.csv")
