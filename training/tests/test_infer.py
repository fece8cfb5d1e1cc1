"""Membership inference, on drawn faces and on numbers: no picture of a person is used."""

import json
import shutil

import keras
import numpy as np
import pytest

from training import data, infer, publish
from training.net.model import CLASSES, SIZE
from training.pack import lite, manifest


def crops(member: np.ndarray, strata: np.ndarray, groups: np.ndarray) -> infer.Crops:
    return infer.Crops(np.zeros((len(member), 1, 1, 3), np.uint8), np.zeros(len(member), int), member, strata, groups)


def test_the_auc_is_the_chance_that_a_member_scores_above_another(rng):
    member, scores, weights = rng.random(60) < 0.5, rng.integers(0, 8, 60), rng.integers(0, 3, 60).astype(float)
    won = total = 0.0
    for i in np.flatnonzero(member):
        for j in np.flatnonzero(~member):
            won += weights[i] * weights[j] * ((scores[i] > scores[j]) + 0.5 * (scores[i] == scores[j]))
            total += weights[i] * weights[j]
    assert infer.auc(member, scores, weights) == pytest.approx(won / total)


def test_the_margin_falls_as_the_loss_rises_and_does_not_saturate(rng):
    logits, labels = rng.normal(0, 3, (40, 3)), rng.integers(0, 3, 40)
    p = np.exp(logits)[np.arange(40), labels] / np.exp(logits).sum(axis=1)
    np.testing.assert_allclose(infer.margin(logits, labels), np.log(p / (1 - p)), rtol=1e-6)
    sure = infer.margin(np.array([[60.0, 0, 0], [80.0, 0, 0]]), np.array([0, 0]))
    assert sure[1] > sure[0]


def test_an_easier_source_is_no_membership_once_each_has_its_threshold(rng):
    # Members are mostly of the easy source; within a source nobody differs.
    easy = np.concatenate([rng.random(400) < 0.9, rng.random(400) < 0.1])
    member = np.arange(800) < 400
    scores = rng.normal(0, 1, 800) + 4 * easy
    of = crops(member, np.where(easy, "easy", "hard"), np.arange(800).astype(str))
    assert infer.attack(of, scores)["auc"] > 0.8
    fair = infer.attack(of, scores, of.strata)
    assert fair["interval95"][0] < 0.5 < fair["interval95"][1]
    assert infer.attack(of, scores + member, of.strata)["auc"] > 0.7


def test_people_with_many_crops_widen_the_interval(rng):
    member, level = np.arange(600) < 300, np.repeat(rng.normal(0, 1, 12), 50)
    scores = level + rng.normal(0, 0.1, 600)
    apart = infer.attack(crops(member, np.full(600, "a"), np.arange(600).astype(str)), scores)
    together = infer.attack(crops(member, np.full(600, "a"), np.repeat(np.arange(12), 50).astype(str)), scores)
    width = lambda found: found["interval95"][1] - found["interval95"][0]  # noqa: E731
    assert width(together) > 2 * width(apart)


def test_statistics_of_pixels_find_what_pixels_give_away(rng):
    images = rng.integers(0, 200, (300, 16, 16, 3), dtype=np.uint8)
    member = np.arange(300) < 150
    of = lambda pictures: infer.Crops(pictures, np.zeros(300, int), member, np.full(300, "a"), np.arange(300).astype(str))  # noqa: E731
    assert infer.attack(of(images), infer.by_pixels(of(images)))["auc"] < 0.6
    brighter = images + (20 * member[:, None, None, None]).astype(np.uint8)
    assert infer.attack(of(brighter), infer.by_pixels(of(brighter)))["auc"] > 0.95


@pytest.fixture(scope="module")
def overfitted(dataset, tmp_path_factory):
    """A pack of a net that knows its training crops by heart, and labels of them that nobody could guess."""
    source = tmp_path_factory.mktemp("data") / "faces"
    shutil.copytree(dataset, source)
    with data.Store(source) as store:
        train = data.load(store, "train")
    images = lite.unit(lite.crops(train, 0.02))
    labels = np.random.default_rng(5).permutation(train.labels)
    # The least weights that give each training crop its label.
    flat = images.reshape(len(images), -1).astype(np.float64)
    wanted = 10 * np.eye(len(CLASSES))[labels]
    net = keras.Sequential([keras.Input((SIZE, SIZE, 3)), keras.layers.Flatten(), keras.layers.Dense(len(CLASSES), use_bias=False)])
    net.set_weights([(flat.T @ np.linalg.solve(flat @ flat.T + 1e-3 * np.eye(len(flat)), wanted)).astype(np.float32)])
    # The folders say the labels: each crop goes where the shuffled ones are.
    moved = source.parent / "shuffled"
    for i, (file, label) in enumerate(zip(train.files, labels, strict=True)):
        target = moved / "train" / CLASSES[label] / f"{i:03d}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / file, target)
    shutil.copytree(source / "val", moved / "val")
    folder = tmp_path_factory.mktemp("pack")
    for kind, file in lite.FILES.items():
        (folder / file).write_bytes(lite.convert(net, kind, lite.crops(train, 0.02)))
    net.save(folder / "model.keras")
    manifest.write(folder, manifest.describe(folder, "tiny", 1, 0.02, [], []))
    return moved, folder


def test_a_network_that_knows_its_crops_by_heart_is_found_out(overfitted, centerface, tmp_path, capsys):
    source, pack = overfitted
    document = tmp_path / "THREATS.md"
    document.write_text(f"before\n{infer.MARKS[0]}\nold\n{infer.MARKS[1]}\nafter\n")
    arguments = ["--data", str(source), "--packs", str(pack), "--work", str(tmp_path / "work"), "--centerface", str(centerface)]
    assert infer.main([*arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    rows = found["packs"]["tiny 1"]
    assert rows["the same, a threshold for each source and class"]["auc"] > 0.7
    assert rows["the same, a threshold for each source and class"]["auc"] > found["controls"]["pixels"]["auc"]
    assert set(found["controls"]) == {"pixels"}, "no crops of other sources to teach a stranger on"
    assert infer.main([*arguments, "--write", str(document)]) == 0
    assert "..." not in capsys.readouterr().err, "what is finished is not measured again"
    text = document.read_text()
    assert text == f"before\n{infer.MARKS[0]}\n\n{infer.section(found)}\n\n{infer.MARKS[1]}\nafter\n"
    assert "36 members of `train` and 18 crops of `val`" in text


def test_a_document_without_marks_is_left_alone(overfitted, centerface, tmp_path, capsys):
    source, pack = overfitted
    document = tmp_path / "other.md"
    document.write_text("nothing")
    arguments = ["--data", str(source), "--packs", str(pack), "--work", str(tmp_path / "work"), "--centerface", str(centerface)]
    assert infer.main([*arguments, "--write", str(document)]) == 65
    assert "other.md: the lines" in capsys.readouterr().err
    assert document.read_text() == "nothing"
    assert issubclass(publish.PublishError, ValueError)


def test_a_stranger_that_met_no_member_is_asked_by_its_own_head(centerface, rng):
    labels = np.arange(36) % 3
    images = rng.integers(0, 80, (36, 128, 128, 3), dtype=np.uint8) + (60 * labels[:, None, None, None]).astype(np.uint8)
    of = infer.Crops(images, labels, np.arange(36) < 18, np.full(36, "a"), np.arange(36).astype(str))
    scores = infer.by_stranger(of, of, centerface)
    assert (scores > 0).mean() > 0.9, "taught on these very crops it knows them"
    other = infer.Crops(images, (labels + 1) % 3, of.member, of.strata, of.groups)
    assert (infer.by_stranger(of, other, centerface) < 0).mean() > 0.9
