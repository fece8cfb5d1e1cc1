import numpy as np
import pytest

from training.draw.tone import darken

POINTS = np.array([[35, 40], [61, 40], [48, 55], [38, 70], [58, 70]], np.float32)


@pytest.fixture
def face() -> np.ndarray:
    """Skin on a blue wall, with black hair on top."""
    image = np.full((96, 96, 3), (40, 60, 200), np.uint8)
    image[25:85, 22:74] = (224, 172, 140)
    image[10:25, 22:74] = (15, 12, 10)
    return image


def test_skin_alone_is_darkened(face):
    for seed in range(8):
        out = darken(face, POINTS, np.random.default_rng(seed))
        ratio = out[30:80, 28:68].mean() / face[30:80, 28:68].mean()
        assert 0.3 < ratio < 0.95
        np.testing.assert_allclose(out[2:8], face[2:8], atol=2)
        np.testing.assert_allclose(out[13:20, 28:68], face[13:20, 28:68], atol=12)


def test_shares_differ_and_seeds_repeat(face):
    means = [darken(face, POINTS, np.random.default_rng(seed))[50, 48].mean() for seed in (1, 2, 3, 1)]
    assert len(set(means)) == 3
    assert means[0] == means[3]


def test_landmarks_at_the_rim_are_no_trouble(face):
    out = darken(face, POINTS * 3 - 90, np.random.default_rng(0))
    assert out.shape == face.shape
    assert out.dtype == np.uint8
