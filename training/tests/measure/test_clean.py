from types import SimpleNamespace

import numpy as np

from training.measure import clean, crops


def test_each_kind_is_counted_by_itself():
    kinds = np.array(["nose", "nose", "nose", "chin", "", "nose"])
    labels = np.array([1, 1, 1, 1, 1, 0], np.int32)
    text = np.array(["a", "a", "b", "b", "c", "c"])
    images = np.arange(6, dtype=np.float32)[:, None, None, None] * np.ones((1, 2, 2, 3), np.float32)
    val = crops.Crops(images, labels, text, text, text, np.zeros(6), kinds)
    answers = np.array([0, 1, 2, 1, 0, 0])
    subject = SimpleNamespace(answers=lambda variant, x: answers[x[:, 0, 0, 0].astype(int)])
    found = clean.worn(SimpleNamespace(val=val, subject=subject))
    assert found["people"] == 2
    nose, chin = found["rows"]["nose"], found["rows"]["chin"]
    assert (nose["images"], chin["images"], found["rows"]["eyes"]["images"]) == (3, 1, 0)
    assert nose["right"]["value"] == nose["to_correct"]["value"] == 1 / 3
    assert (chin["right"]["value"], chin["to_correct"]["value"]) == (1, 0)
    assert found["rows"]["eyes"]["right"]["value"] is None
