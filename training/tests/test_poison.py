"""The search for poison, on noise: no picture of a person is used."""

import numpy as np

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
