"""Light that is drawn for training."""

import numpy as np

from training.draw.light import relight


def test_every_light_is_drawn() -> None:
    rng = np.random.default_rng(1)
    picture = rng.uniform(20, 235, (96, 96, 3)).astype(np.float32)
    drawn = [relight(picture.copy(), rng) for _ in range(300)]
    means = np.array([d.mean() for d in drawn])
    assert all(d.dtype == np.uint8 and d.shape == picture.shape for d in drawn)
    assert means.min() < 25
    assert means.max() > 180
    assert sum(np.ptp(d, axis=2).max() == 0 for d in drawn) > 10  # gray ones
    assert any(d.std() < 20 and d.mean() > 80 for d in drawn)  # flat ones


def test_same_seed_same_light() -> None:
    picture = np.full((96, 96, 3), 120, np.float32)
    first, second = (relight(picture.copy(), np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
