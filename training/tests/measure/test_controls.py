import numpy as np
import pytest

from training.measure import controls


@pytest.fixture
def images(rng):
    return rng.uniform(0.1, 0.9, (4, 96, 96, 3)).astype(np.float32)


@pytest.mark.parametrize("name", controls.kinds({0.02: 14}))
def test_every_control_keeps_shape_and_range_and_changes_something(images, name):
    change = controls.kinds({0.02: 14})[name]
    before = images.copy()
    got = change(images, np.random.default_rng(1))
    assert (got.shape, got.dtype) == (images.shape, np.float32)
    assert got.min() >= 0
    assert got.max() <= 1
    assert not np.array_equal(got, images)
    np.testing.assert_array_equal(images, before)
    np.testing.assert_array_equal(got, change(images, np.random.default_rng(1)))


@pytest.mark.parametrize(("area", "side"), [(0.02, 14), (0.05, 21)])
def test_patch_covers_the_stated_area(images, area, side):
    changed = (controls.square(images, side, controls.gray_fill, np.random.default_rng(1)) != images).any(axis=3)
    np.testing.assert_allclose(changed.mean(axis=(1, 2)), area, rtol=0.07)
