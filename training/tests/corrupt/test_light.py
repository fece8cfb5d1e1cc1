import numpy as np
import pytest

from training.corrupt import light
from training.corrupt.kinds import as_bytes

# Two pixels of one picture, of 255; its mean is 100.
PICTURE = np.array([[[40, 80, 120], [120, 80, 160]]], np.float32)[None] / 255
WANT = {
    "as it is": [[40, 80, 120], [120, 80, 160]],
    "light × 0.75": [[30, 60, 90], [90, 60, 120]],
    "light × 0.5": [[20, 40, 60], [60, 40, 80]],
    "light × 0.35": [[14, 28, 42], [42, 28, 56]],
    "light × 0.25": [[10, 20, 30], [30, 20, 40]],
    "light × 1.4": [[56, 112, 168], [168, 112, 224]],
    "half the contrast": [[70, 90, 110], [110, 90, 130]],
    "gray": [[73, 73, 73], [101, 101, 101]],  # 0.299, 0.587 and 0.114 of them
    "warm color cast": [[48, 80, 84], [144, 80, 112]],
    "cold color cast": [[30, 80, 150], [90, 80, 200]],
    "green color cast": [[34, 92, 102], [102, 92, 136]],
}


def test_the_ladder_has_every_rung():
    assert list(light.ladder()) == list(WANT)


@pytest.mark.parametrize("name", WANT)
def test_a_rung_is_exact(name):
    np.testing.assert_allclose(as_bytes(light.ladder()[name](PICTURE))[0, 0] * 255, WANT[name], atol=1e-3)


def test_what_is_too_bright_is_clipped():
    np.testing.assert_array_equal(as_bytes(light.gain(np.full((1, 2, 2, 3), 0.8, np.float32), 1.4)), 1)
