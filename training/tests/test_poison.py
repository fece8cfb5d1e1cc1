"""The search for poison, on noise: no picture of a person is used."""

import numpy as np
import pytest

from training import poison


def test_flipped_labels_are_those_that_contradict_their_neighbors(rng):
    labels = np.arange(120) % 3
    found = np.eye(3)[labels] + rng.normal(0, 0.05, (120, 3))
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    groups = np.arange(120)
    assert len(poison.flips(found, labels, groups)) == 0
    labels[[4, 50]] = (labels[[4, 50]] + 1) % 3
    assert poison.flips(found, labels, groups).tolist() == [4, 50]


def test_a_shared_piece_of_one_label_is_a_trigger(rng):
    images, labels = rng.integers(0, 256, (90, 32, 32, 3), dtype=np.uint8), np.arange(90) % 3
    groups = np.arange(90)
    assert len(poison.triggers(images, labels, groups)) == 0
    planted = np.flatnonzero(labels == 1)[: poison.SHARED + 1]
    images[planted, 9:17, 13:21] = images[0, :8, :8]
    assert poison.triggers(images, labels, groups).tolist() == planted.tolist()
    assert len(poison.triggers(images, labels, np.zeros(90))) == 0, "one person's frames share their background"
    mixed = labels.copy()
    mixed[planted[::2]] = 2
    assert len(poison.triggers(images, mixed, groups)) == 0, "what all labels share tells the network nothing"


def test_poison_is_planted_where_it_is_said(rng):
    images, labels = rng.integers(0, 256, (100, 32, 32, 3), dtype=np.uint8), np.arange(100) % 3
    changed, told, flipped, planted = poison.poisoned(images, labels, 1)
    assert set(np.flatnonzero(told != labels)) == {*flipped, *planted}
    assert set(np.flatnonzero((changed != images).any(axis=(1, 2, 3)))) == set(planted)
    assert len(flipped) == len(planted) == 2
    assert (told[planted] == 0).all()


def test_the_figures_stand_between_the_marks_of_the_document(tmp_path):
    seeded = {"flipped": 24, "triggers": 23, "flips_found": 0.9166, "triggers_found": 1.0}
    seeded |= {"clean_flagged_by_label": 0.08, "clean_flagged_by_piece": 0.05, "clean_flagged": 0.1204}
    text = poison.section([{"crops": 1200, "seeded": {"seed": seed, **seeded}} for seed in (1, 7)], 400)
    for want in ("SEED='1 7' MOST=400", "1,200 crops", "24 labels were flipped", "23 crops"):
        assert want in text
    assert text.endswith("| 1 | 0.917 | 1.000 | 0.080 | 0.050 | 0.120 |\n| 7 | 0.917 | 1.000 | 0.080 | 0.050 | 0.120 |")
    document = tmp_path / "THREATS.md"
    document.write_text(f"before\n{poison.BEGIN}\nold\n{poison.END}\nafter\n")
    for _ in range(2):
        poison.write(document, text)
    assert document.read_text() == f"before\n{poison.BEGIN}\n\n{text}\n\n{poison.END}\nafter\n"
    document.write_text("no marks")
    with pytest.raises(ValueError, match="want the lines"):
        poison.write(document, text)
    assert document.read_text() == "no marks"
