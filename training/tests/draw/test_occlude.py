import numpy as np
import pytest

from training.draw import occlude
from training.tests.conftest import LANDMARKS, face

POINTS = LANDMARKS * 128


@pytest.mark.parametrize("kind", occlude.KINDS)
def test_each_kind_changes_the_lower_face_and_leaves_the_eyes(kind):
    for seed in range(10):
        image = face(np.random.default_rng(seed))
        before = image.copy()
        drawn = occlude.occlude(image, POINTS, kind, np.random.default_rng(seed))
        np.testing.assert_array_equal(image, before)
        np.testing.assert_array_equal(drawn, occlude.occlude(image, POINTS, kind, np.random.default_rng(seed)))
        changed = np.abs(drawn.astype(int) - image).max(axis=2) > 10
        assert changed[80:].mean() > 0.05, f"seed {seed}"
        assert not changed[:30, 40:88].any(), f"seed {seed}"


@pytest.mark.parametrize(("kind", "covered"), [("hand", 0.8), ("cup", 0.8), ("microphone", 0.8), ("beard", 0.0)])
def test_what_hides_the_mouth_hides_it_and_a_beard_does_not(kind, covered):
    image, hidden = np.full((128, 128, 3), (255, 0, 255), np.uint8), 0
    for seed in range(20):
        drawn = occlude.occlude(image, POINTS, kind, np.random.default_rng(seed))
        hidden += np.abs(drawn[92, 64].astype(int) - image[92, 64]).max() > 10
    assert hidden >= 20 * covered
    assert covered or hidden == 0


def test_a_scarf_covers_the_mouth_at_most_half_of_the_time_and_never_the_nose():
    image, mouth = np.full((128, 128, 3), (255, 0, 255), np.uint8), 0
    for seed in range(60):
        changed = np.abs(occlude.occlude(image, POINTS, "scarf", np.random.default_rng(seed)).astype(int) - image).max(axis=2) > 20
        assert changed[126].mean() > 0.5
        assert not changed[74, 64]
        mouth += changed[94, 64]
    assert 10 < mouth < 36


@pytest.mark.parametrize("kind", occlude.KINDS)
@pytest.mark.parametrize("points", [POINTS + 500, POINTS - (400, 90), np.zeros((5, 2)), np.full((5, 2), 64.0)])
def test_landmarks_that_make_no_face_do_not_crash(rng, kind, points):
    drawn = occlude.occlude(face(rng), points, kind, rng)
    assert drawn.shape == (128, 128, 3)
    assert drawn.dtype == np.uint8


def test_an_unknown_kind_is_refused(rng):
    with pytest.raises(ValueError, match=r"^kind 'hat' is not one of hand, scarf, beard, cup, phone, microphone$"):
        occlude.occlude(face(rng), POINTS, "hat", rng)
