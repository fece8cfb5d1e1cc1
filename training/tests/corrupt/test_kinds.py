from itertools import pairwise

import cv2
import numpy as np
import pytest

from training.corrupt import blur, digital, kinds, weather
from training.tests.conftest import face


@pytest.fixture(scope="module")
def images():
    """Six drawn faces, with a little texture."""
    rng = np.random.default_rng(5)
    faces = np.stack([face(rng, 96) for _ in range(6)]).astype(np.float32) / 255
    return kinds.as_bytes(faces + rng.normal(0, 0.02, faces.shape))


def unlike(a: np.ndarray, b: np.ndarray) -> float:
    """1 - structural similarity (Wang et al. 2004) of images, with its usual window and constants."""
    soft = lambda x: np.stack([cv2.GaussianBlur(image, (11, 11), 1.5) for image in x])  # noqa: E731
    left, right = soft(a), soft(b)
    spreads, common = soft(a * a) - left**2 + soft(b * b) - right**2, soft(a * b) - left * right
    return float(1 - np.mean((2 * left * right + 1e-4) * (2 * common + 9e-4) / ((left**2 + right**2 + 1e-4) * (spreads + 9e-4))))


def test_there_are_the_fifteen_of_the_paper():
    assert len(kinds.KINDS) == 15
    assert kinds.STRENGTHS == (1, 2, 3, 4, 5)


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_a_kind_grows_worse_with_strength_and_repeats(images, kind):
    before = images.copy()
    found = [kinds.corrupt(kind, images, strength, 1) for strength in kinds.STRENGTHS]
    distances = [unlike(images, x) for x in found]
    assert distances[0] > 0.003
    assert all(a < b for a, b in pairwise(distances)), distances
    for x in found:
        assert (x.shape, x.dtype) == (images.shape, np.float32)
        np.testing.assert_allclose(x * 255, np.rint(x * 255), atol=1e-3, err_msg="256 levels")
        assert x.min() >= 0
        assert x.max() <= 1
    np.testing.assert_array_equal(images, before)
    np.testing.assert_array_equal(found[2], kinds.corrupt(kind, images, 3, 1))


DRAWN = ("Gaussian noise", "shot noise", "impulse noise", "glass blur", "motion blur", "snow", "frost", "fog", "elastic")


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_the_seed_decides_what_is_drawn(images, kind):
    same = np.array_equal(kinds.corrupt(kind, images, 3, 1), kinds.corrupt(kind, images, 3, 2))
    assert same == (kind not in DRAWN)


def test_noise_is_as_loud_as_the_paper_says():
    flat = np.full((4, 96, 96, 3), 0.5, np.float32)
    rng = np.random.default_rng(1)
    assert np.std(kinds.KINDS["Gaussian noise"](flat, 2, rng)) == pytest.approx(0.12, rel=0.02)
    assert np.std(kinds.KINDS["shot noise"](flat, 2, rng)) == pytest.approx((0.5 / 25) ** 0.5, rel=0.02)
    lost = kinds.KINDS["impulse noise"](flat, 5, rng)
    assert np.mean(lost == 0) == pytest.approx(0.135, rel=0.05)
    assert np.mean(lost == 1) == pytest.approx(0.135, rel=0.05)


@pytest.mark.parametrize("radius", [0.4, 1.0, 1.29, 4.29])
def test_a_disk_keeps_the_light_and_has_its_radius(radius):
    kernel = blur.disk(radius)
    assert kernel.sum() == pytest.approx(1)
    y, x = np.indices(kernel.shape) - kernel.shape[0] // 2
    # The mean square of a disk is half of its radius squared; that of a pixel is a sixth, where the disk is whole pixels of it.
    assert (kernel * (x**2 + y**2)).sum() == pytest.approx(radius**2 / 2, abs=0.35)


@pytest.mark.parametrize("angle", [0, 45, 90, -120])
def test_a_streak_goes_one_way(angle):
    kernel = blur.streak(6.4, 3.4, angle)
    assert kernel.sum() == pytest.approx(1)
    y, x = np.indices(kernel.shape) - kernel.shape[0] // 2
    middle = np.array([(kernel * x).sum(), (kernel * y).sum()])
    assert np.linalg.norm(middle) == pytest.approx(3.4 * (2 / np.pi) ** 0.5, rel=0.08), "the mean of half a Gaussian"
    assert np.degrees(np.arctan2(*middle[::-1])) == pytest.approx(angle, abs=2)


def test_glass_moves_pixels_and_loses_none(images, monkeypatch):
    monkeypatch.setattr(blur, "PAPER", 96)
    monkeypatch.setattr(blur, "_soft", lambda x, sigma: x)
    found = blur.glass(images, 4, np.random.default_rng(1))
    assert not np.array_equal(found, images)
    for one, other in zip(found, images, strict=True):
        np.testing.assert_array_equal(np.sort(one.reshape(-1, 3), axis=0), np.sort(other.reshape(-1, 3), axis=0))


def test_clouds_fill_the_range_and_grow_rougher():
    smooth, rough = (weather.plasma(3, 96, decay, np.random.default_rng(1)) for decay in (2.0, 1.4))
    for clouds in (smooth, rough):
        assert clouds.shape == (3, 96, 96)
        assert clouds.min() >= 0
        assert clouds.max() <= 1
    assert np.abs(np.diff(rough)).mean() > 1.5 * np.abs(np.diff(smooth)).mean()


def test_contrast_and_squares_are_exact(images):
    flat = digital.contrast(images, 4, np.random.default_rng(1))
    np.testing.assert_allclose(flat.std(axis=(1, 2)), 0.1 * images.std(axis=(1, 2)), rtol=1e-3)
    np.testing.assert_allclose(flat.mean(axis=(1, 2)), images.mean(axis=(1, 2)), atol=1e-5)
    squares = digital.pixelate(images, 5, np.random.default_rng(1))
    np.testing.assert_array_equal(squares, squares[:, ::4, ::4].repeat(4, axis=1).repeat(4, axis=2))
    np.testing.assert_allclose(squares[:, ::4, ::4], images.reshape(6, 24, 4, 24, 4, 3).mean(axis=(2, 4)), atol=1e-5)
