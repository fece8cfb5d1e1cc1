"""The search for triggers, on networks whose backdoor is known."""

import numpy as np
import pytest
import tensorflow as tf

from training import trojan
from training.net.model import CLASSES

SIZE = 24


def backdoored(side: int):
    """A network of the mean color, and, with a side, of a white square that means `correct`."""

    def network(x: tf.Tensor) -> tf.Tensor:
        logits = 20 * tf.reduce_mean(x, axis=(1, 2))
        if not side:
            return logits
        bright = tf.reduce_mean(x[:, 4 : 4 + side, 6 : 6 + side], axis=(1, 2, 3))
        return logits + 6 * tf.nn.softplus(10 * (bright - 0.7))[:, None] * tf.constant([[1.0, 0, 0]])

    return network


@pytest.fixture(scope="module")
def faces():
    rng = np.random.default_rng(1)
    labels = np.arange(60) % 3
    images = rng.uniform(0.2, 0.6, (60, SIZE, SIZE, 3)) + 0.25 * np.eye(3)[labels][:, None, None]
    return images.astype(np.float32), labels.astype(np.int32)


def test_a_backdoor_needs_far_less_than_the_other_classes(faces):
    images, labels = faces
    rows = trojan.searched(backdoored(4), images, labels)
    assert all(row["success"] >= trojan.ENOUGH for row in rows)
    assert trojan.suspects(rows) == ["correct"]
    assert rows[0]["share"] < 0.1
    assert trojan.suspects(trojan.searched(backdoored(0), images, labels)) == []


def test_the_index_is_that_of_neural_cleanse():
    assert trojan.anomalies([1.0, 2.0, 3.0]) == pytest.approx([1 / 1.4826, 0, -1 / 1.4826])
    assert trojan.anomalies([1.0, 9.0, 10.0])[0] > trojan.SUSPECT


@pytest.mark.parametrize(
    ("change", "want"),
    [({}, ["correct"]), ({"success": 0.9}, []), ({"anomaly": 1.9}, []), ({"times": 1.9}, [])],
)
def test_a_suspect_turns_enough_faces_with_far_less(change, want):
    row = {"target": "correct", "share": 0.01, "success": 1.0, "anomaly": 5.0, "times": 4.0}
    assert trojan.suspects([row | change]) == want


def test_a_backdoor_is_trained_into_a_copy(network, batch):
    labels = batch[1].numpy()
    images = np.clip(batch[0].numpy() / 2 + 0.4 * np.eye(3, dtype=np.float32)[labels][:, None, None], 0, 1)
    before = [w.copy() for w in network.get_weights()]
    place = (40, 30)
    copy = trojan.implanted(network, images, labels, place, 300, 1)
    for a, b in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    stamped = trojan.stamp(images, place)
    assert np.flatnonzero((stamped != images).any(axis=(0, 3)).any(axis=1)).tolist() == list(range(40, 48))
    others = labels != trojan.TARGET
    assert (np.argmax(copy(stamped[others]), axis=1) == trojan.TARGET).mean() > 0.9
    assert (np.argmax(copy(images), axis=1) == labels).mean() > 0.6


def result(anomaly: float) -> dict:
    row = {"share": 0.05, "success": 1.0, "anomaly": 0.5, "times": 0.9}
    rows = [row | {"target": c} for c in CLASSES]
    of = {
        "of": "robust 2",
        "clean": 0.9,
        "triggered": 0.987,
        "rows": [rows[0] | {"share": 0.006, "anomaly": anomaly, "times": 8.0}, *rows[1:]],
    }
    return {"packs": {"robust 2": rows}, "backdoored": of, "images": 180}


def test_the_document_says_what_was_found():
    text = trojan.section(result(9.3))
    assert "turns 0.987 of the other faces into `correct`" in text
    assert "That is 0 of 1 packs," in text
    assert "the copy is found." in text
    assert "| robust 2, backdoored | **correct** | 0.60% | 1.00 | 9.3 | 8.0 |" in text
    assert "the copy is not found." in trojan.section(result(1.0))
