import csv
import hashlib
import tarfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from training import data
from training.tests.conftest import face

ZEROS = "0" * 64


def write_manifest(root: Path, rng: np.random.Generator, per_class: int = 2) -> list[dict]:
    rows = []
    for label in ("correct", "incorrect", "none"):
        for i in range(per_class):
            name = f"train/{label}/{i}.png"
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), face(rng))
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            rows.append({"file": name, "split": "train", "label": label, "source": "drawn", "group": f"{label}{i}", "sha256": digest})
    save(root, rows)
    return rows


def save(root: Path, rows: list[dict]) -> None:
    with (root / "manifest.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, data.COLUMNS)
        writer.writeheader()
        writer.writerows(rows)


def test_manifest_in_folder_tar_and_nested_tar_are_read_alike(tmp_path, rng):
    root = tmp_path / "faces"
    root.mkdir()
    write_manifest(root, rng)
    with tarfile.open(tmp_path / "nested.tar", "w") as archive:
        archive.add(root, "faces")
    with tarfile.open(tmp_path / "flat.tar", "w") as archive:
        archive.add(root, ".")
    splits = []
    for path in (root, tmp_path, tmp_path / "nested.tar", tmp_path / "flat.tar"):
        with data.Store(path) as store:
            splits.append(data.load(store, "train"))
    for split in splits:
        assert split.labels.tolist() == [0, 0, 1, 1, 2, 2]
        assert split.groups[0] == "correct0"
        np.testing.assert_array_equal(split.images, splits[0].images)


def test_plain_folders_in_folder_and_tar(dataset, tmp_path):
    with tarfile.open(tmp_path / "plain.tar", "w") as archive:
        archive.add(dataset, "anything")
    for path in (dataset, tmp_path / "plain.tar"):
        with data.Store(path) as store:
            split = data.load(store, "val", minimum=6)
        assert np.bincount(split.labels).tolist() == [6, 6, 6]
        assert split.images.shape == (18, data.STORED, data.STORED, 3)


def test_bad_images_are_listed_and_skipped(tmp_path, rng):
    rows = write_manifest(tmp_path, rng, 3)
    (tmp_path / rows[0]["file"]).write_bytes(b"")
    rows[0]["sha256"] = hashlib.sha256(b"").hexdigest()
    (tmp_path / rows[3]["file"]).write_text("no picture")
    rows[6]["label"] = "sideways"
    rows.append(dict(rows[1], file="train/correct/gone.png"))
    save(tmp_path, rows)
    split = data.load(data.Store(tmp_path), "train")
    assert len(split) == 6
    assert split.skipped == [
        ("train/correct/0.png", "not a readable image"),
        ("train/incorrect/0.png", "sha256 differs from the manifest's"),
        ("train/none/0.png", "label 'sideways' is not one of correct, incorrect, none"),
        ("train/correct/gone.png", "not in the archive or folder"),
    ]
    assert data.report(split).startswith("train: correct 2, incorrect 2, none 2; skipped 4 (train/correct/0.png: not a readable image;")


def test_corrections_change_train_but_never_test(tmp_path, rng):
    rows = write_manifest(tmp_path, rng)
    rows += [dict(r, split="test") for r in rows]
    save(tmp_path, rows)
    (tmp_path / "fix.csv").write_text(f"sha256,label\n# an unmasked face\n{rows[2]['sha256']},none\n")
    fixes = data.corrections(tmp_path / "fix.csv")
    store = data.Store(tmp_path)
    assert data.load(store, "train", fixes).labels.tolist() == [0, 0, 2, 1, 2, 2]
    assert data.load(store, "test", fixes).labels.tolist() == [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: None, "{p}: no such file or folder; --data takes a .tar or an unpacked folder of face crops"),
        (
            lambda p: p.mkdir(),
            "{p}: neither manifest.csv nor <split>/<label>/ picture folders were found, nor CMFD and IMFD; "
            "expected splits train, val, test with labels correct, incorrect, none",
        ),
        (
            lambda p: (p.mkdir(), (p / "manifest.csv").write_text("file,split,label\n")),
            "{p}: manifest.csv line 1: column 'source' is missing; needed: file, split, label, source, group, sha256",
        ),
        (
            lambda p: (p.mkdir(), (p / "manifest.csv").write_text("file,split,label,source,group,sha256\na.png,train\n")),
            "{p}: manifest.csv line 2: fewer fields than columns",
        ),
        (
            lambda p: (p.mkdir(), (p / "manifest.csv").write_text("file,split,label,source,group,sha256\na,train,none,s,g,\n")),
            "{p}: manifest.csv line 2: sha256 is '', want 64 lower-case hex digits; hash the file that you looked at",
        ),
        (
            lambda p: (p.mkdir(), (p / "manifest.csv").write_text("file,split,label,source,group,sha256\na,train,none,s,g,abc\n")),
            "{p}: manifest.csv line 2: sha256 is 'abc', want 64 lower-case hex digits; hash the file that you looked at",
        ),
        (
            lambda p: (p.mkdir(), (p / "manifest.csv").write_text(f"file,split,label,source,group,sha256\na,val,none,s,g,{ZEROS}\n")),
            "{p}: no split 'train'; found val",
        ),
        (
            lambda p: (p.mkdir(), (p / "manifest.csv").write_text(f"file,split,label,source,group,sha256\na,train,none,s,g,{ZEROS}\n")),
            "{p}: split 'train': class 'correct' has 0 readable images, at least 1 are needed (1 were skipped)",
        ),
    ],
)
def test_errors_say_what_and_where(tmp_path, make, message):
    path = tmp_path / "input"
    make(path)
    with pytest.raises(data.DataError) as error:
        data.load(data.Store(path), "train")
    assert str(error.value) == message.format(p=path)


def test_a_broken_tar_is_refused(tmp_path):
    path = tmp_path / "broken.tar"
    path.write_bytes(b"not a tar" * 100)
    with pytest.raises(data.DataError, match=r"broken\.tar: not a readable tar archive; give a \.tar or an unpacked folder"):
        data.Store(path)


def test_a_bad_correction_names_its_line(tmp_path):
    path = tmp_path / "fix.csv"
    path.write_text("sha256,label\nabc,none\n")
    with pytest.raises(data.DataError) as error:
        data.corrections(path)
    assert str(error.value) == f"{path}: line 2: want sha256,label with label one of correct, incorrect, none, got 'abc,none'"


def test_thin_keeps_classes_even(dataset):
    split = data.load(data.Store(dataset), "train")
    part = data.thin(split, 4)
    assert np.bincount(part.labels).tolist() == [4, 4, 4]
    assert len(part.groups) == len(part) == 12


def test_rows_of_two_arrays_are_read_in_order_without_a_copy(rng):
    first, second = rng.integers(0, 256, (2, 5, 4, 4, 3), np.uint8)
    rows = data.Rows(first, np.array([4, 1])) + data.Rows(second, np.array([0]))
    assert len(rows) == 3
    np.testing.assert_array_equal(list(rows), [first[4], first[1], second[0]])
    assert np.shares_memory(rows[1], first)
