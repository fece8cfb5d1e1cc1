import csv
import hashlib

import cv2
import numpy as np
import pytest

from training.data import COLUMNS, KINDS_FILE, corrections, kinds, sheets
from training.tests.conftest import face


@pytest.fixture
def listed(tmp_path, rng):
    """A manifest with 103 `incorrect` crops of train, one of val and one of test."""
    root, rows = tmp_path / "crops", []
    for i, split in enumerate(["train"] * 103 + ["val", "test"]):
        file = root / split / "incorrect" / f"{i:03d}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(file), face(rng)[..., ::-1])
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        rows.append((file.relative_to(root).as_posix(), split, "incorrect", "cam" if i else "other", f"g{i}", digest))
    with (root / "manifest.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([COLUMNS, *rows])
    return root, rows


def test_every_crop_has_a_number_on_a_sheet_and_in_the_list(listed, tmp_path):
    root, rows = listed
    out = tmp_path / "sheets"
    assert sheets.main(["--data", str(root), "--out", str(out)]) == 0
    pages = [cv2.imread(str(page)) for page in sorted(out.glob("*.png"))]
    assert [page.shape for page in pages] == [(920, 800, 3), (92, 800, 3)]
    assert pages[1][12:, : 4 * 80].std(axis=(0, 1)).min() > 0
    with (out / "list.csv").open(newline="") as stream:
        found = list(csv.DictReader(stream))
    assert [int(row["number"]) for row in found] == list(range(104))
    assert {row["sha256"] for row in found} == {row[5] for row in rows if row[1] != "test"}


def test_one_source_and_split_and_what_is_corrected(listed, tmp_path, monkeypatch):
    root, rows = listed
    monkeypatch.setattr(sheets.data, "corrections", lambda: {rows[5][5]: "none"})
    assert sheets.main(["--data", str(root), "--out", str(tmp_path), "--source", "cam", "--split", "train"]) == 0
    digests = [line.split(",")[1] for line in (tmp_path / "list.csv").read_text().splitlines()[1:]]
    assert len(digests) == 101
    assert rows[5][5] not in digests


def test_the_test_split_is_not_shown(listed, tmp_path):
    with pytest.raises(SystemExit):
        sheets.main(["--data", str(listed[0]), "--out", str(tmp_path), "--split", "test"])


def test_a_missing_folder_is_named(tmp_path, capsys):
    assert sheets.main(["--data", str(tmp_path / "no"), "--out", str(tmp_path)]) == 1
    assert f"{tmp_path}/no: no such file or folder" in capsys.readouterr().err


def test_a_sheet_shows_what_is_inside_the_face_box():
    image = np.zeros((128, 128, 3), np.uint8)
    image[:10] = image[-10:] = 255  # the margin
    page = sheets.sheet([image], 0)
    assert page[12:].max() == 0
    assert corrections()


def test_no_crop_has_a_kind_of_incorrect_and_another_label():
    fixed = {digest for digest, label in corrections().items() if label != "incorrect"}
    assert not fixed & set(kinds(KINDS_FILE))
