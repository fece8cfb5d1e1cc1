"""The label that the camera reports where two answers differ."""

import numpy as np

from training.measure.reported import safer
from training.net.model import CLASSES


def test_the_label_that_lets_fewer_in_is_reported():
    at = CLASSES.index
    pairs = [("correct", "correct"), ("correct", "incorrect"), ("correct", "none"), ("incorrect", "none")]
    one, other = (np.array([at(pair[i]) for pair in pairs]) for i in (0, 1))
    want = [at(label) for label in ("correct", "incorrect", "none", "none")]
    assert safer(one, other).tolist() == safer(other, one).tolist() == want
