import numpy as np
import pytest

from training.draw import masks
from training.draw.augment import augment
from training.tests.conftest import LANDMARKS, face

NOSE, MOUTH, CHIN, EYES = (0.5, 0.58), (0.5, 0.72), (0.5, 0.9), (0.5, 0.28)
COVERED = {
    "correct": {NOSE: True, MOUTH: True, CHIN: True, EYES: False},
    "nose": {NOSE: False, MOUTH: True, CHIN: True, EYES: False},
    "mouth": {NOSE: False, MOUTH: True, CHIN: False, EYES: False},
    "chin": {NOSE: False, MOUTH: False, CHIN: True, EYES: False},
    "eyes": {NOSE: False, MOUTH: False, CHIN: False, EYES: True},
}


@pytest.mark.parametrize("state", masks.STATES)
def test_each_state_covers_what_it_says(state):
    for seed in range(20):
        rng = np.random.default_rng(seed)
        unmasked = np.full((128, 128, 3), (255, 0, 255), np.uint8)
        drawn = masks.draw(unmasked, LANDMARKS * 128, state, rng)
        change = np.abs(drawn.astype(int) - unmasked).max(axis=2)
        covered = {(x, y): bool(change[int(128 * y), int(128 * x)] > 20) for x, y in COVERED[state]}
        assert covered == COVERED[state], f"seed {seed}"


def test_drawing_copies_and_repeats(rng):
    image = face(rng)
    before = image.copy()
    a = masks.draw(image, LANDMARKS * 128, "correct", np.random.default_rng(5))
    b = masks.draw(image, LANDMARKS * 128, "correct", np.random.default_rng(5))
    np.testing.assert_array_equal(image, before)
    np.testing.assert_array_equal(a, b)
    assert (a != image).any()


@pytest.mark.parametrize("shift", [(-500, 0), (500, 300), (0, -90), (60, 60)])
@pytest.mark.parametrize("state", masks.STATES)
def test_landmarks_outside_the_picture_do_not_crash(rng, state, shift):
    drawn = masks.draw(face(rng), LANDMARKS * 128 + np.array(shift), state, rng)
    assert drawn.shape == (128, 128, 3)
    assert drawn.dtype == np.uint8


def test_a_printed_mask_shows_the_other_face_on_the_mask_only():
    unmasked, other = np.full((128, 128, 3), (255, 0, 255), np.uint8), np.full((128, 128, 3), (20, 200, 20), np.uint8)
    for seed in range(10):
        drawn = masks.draw(unmasked, LANDMARKS * 128, "correct", np.random.default_rng(seed), print_of=(other, LANDMARKS * 128))
        red, green, blue = drawn[92, 64].astype(int)
        assert green > max(red, blue) + 20, f"seed {seed}"
        np.testing.assert_array_equal(drawn[:30], unmasked[:30])


def test_every_kind_of_mask_is_drawn(monkeypatch, rng):
    seen = set()
    monkeypatch.setattr(masks.texture, "render", lambda image, frame, inside, shape, kind, *rest: seen.add(kind) or image)
    for seed in range(40):
        masks.draw(face(rng), LANDMARKS * 128, "correct", np.random.default_rng(seed))
    assert seen == set(masks.KINDS)


def test_degenerate_landmarks_do_not_crash(rng):
    masks.draw(face(rng), np.full((5, 2), 64.0), "nose", rng)
    masks.draw(face(rng), np.zeros((5, 2)), "correct", rng)


def test_an_unknown_state_is_refused(rng):
    with pytest.raises(ValueError, match=r"^state 'hat' is not one of correct, nose, mouth, chin, eyes$"):
        masks.draw(face(rng), LANDMARKS * 128, "hat", rng)


def test_augment_keeps_form_and_repeats(rng):
    image = face(rng)
    for seed in range(50):
        a = augment(image, np.random.default_rng(seed))
        assert a.shape == (96, 96, 3)
        assert a.dtype == np.uint8
        np.testing.assert_array_equal(a, augment(image, np.random.default_rng(seed)))
