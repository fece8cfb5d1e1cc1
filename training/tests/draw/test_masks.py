import cv2
import numpy as np
import pytest

from training.draw import masks, wear
from training.draw.augment import augment
from training.draw.head import Head
from training.tests.conftest import LANDMARKS, face

TIP, MOUTH, CHIN, EYE = (0.5, 0.58), (0.5, 0.72), (0.5, 0.9), (0.36, 0.4)
NOSTRIL = (0.47, 0.605)
COVERED = {
    "correct": {TIP: True, NOSTRIL: True, MOUTH: True, CHIN: True, EYE: False},
    "nose": {TIP: False, MOUTH: True, CHIN: True, EYE: False},
    "mouth": {TIP: False, MOUTH: True, CHIN: False, EYE: False},
    "chin": {TIP: False, MOUTH: False, EYE: False},
    "eyes": {TIP: False, MOUTH: False, CHIN: False, EYE: True},
    "forehead": {TIP: False, MOUTH: False, CHIN: False, EYE: False},
    "hanging": {TIP: False, MOUTH: False, EYE: False},
}
KINDS = (*masks.KINDS, "printed")


def lies(state, seed, points=LANDMARKS * 128):
    """Where a mask lies in a picture."""
    rng = np.random.default_rng(seed)
    head = Head(points, (128, 128), rng.uniform(1, 1.07))
    return wear.put_on(head, points, state, KINDS[seed % len(KINDS)], rng).depth > 0


@pytest.mark.parametrize("state", masks.STATES)
def test_each_state_covers_what_it_says(state):
    for seed in range(60):
        where = lies(state, seed)
        covered = {(x, y): bool(where[int(128 * y), int(128 * x)]) for x, y in COVERED[state]}
        assert covered == COVERED[state], f"seed {seed}"


@pytest.mark.parametrize("lower", [0.0, 0.06, 0.12])
@pytest.mark.parametrize("state", masks.INCORRECT)
def test_a_wrong_mask_is_seen_inside_the_face_box(state, lower):
    """Also where the face lies low in its crop and the chin is cut off."""
    points = (LANDMARKS + np.float32([0, lower])) * 128
    for seed in range(30):
        assert lies(state, seed, points)[15:113, 15:113].mean() > 0.03, f"seed {seed}"


def test_upper_edges_run_from_the_tip_of_the_nose_to_the_lip():
    edges = np.array([lies("nose", seed)[:, 64].argmax() for seed in range(150)]) / 128
    assert 0.58 < edges.min() < 0.61
    assert 0.66 < edges.max() < 0.72
    edges = np.array([lies("correct", seed)[:, 64].argmax() for seed in range(150)]) / 128
    assert 0.4 < edges.min() < 0.48
    assert 0.53 < edges.max() < 0.57


def test_a_hanging_mask_lies_beside_the_mouth_on_both_sides_in_turn():
    left = [bool(lies("hanging", seed)[64:, :45].mean() > lies("hanging", seed)[64:, 83:].mean()) for seed in range(40)]
    assert 8 < sum(left) < 32


@pytest.mark.parametrize("share", [0.5, 0.25])
def test_cloth_is_as_dim_as_the_face(share, rng):
    image = face(rng)
    dim = (image * share).astype(np.uint8)
    for seed in range(20):
        bright, dark = (masks.draw(i, LANDMARKS * 128, "correct", np.random.default_rng(seed))[85:105, 50:78].mean() for i in (image, dim))
        assert dark < (share + 0.2) * bright + 5, f"seed {seed}"


def test_light_from_one_side_falls_on_the_cloth_too(rng):
    image = (face(rng) * np.linspace(0.3, 1, 128)[None, :, None]).astype(np.uint8)
    ratios = []
    for seed in range(30):
        drawn = masks.draw(image, LANDMARKS * 128, "correct", np.random.default_rng(seed))
        ratios.append(drawn[85:105, 72:80].mean() / drawn[85:105, 48:56].mean())
    assert np.median(ratios) > 1.15


def test_a_mask_is_as_sharp_as_its_picture(rng):
    speckles = np.repeat(np.repeat(rng.normal(0, 4, (64, 64, 1)), 2, axis=0), 2, axis=1)
    speckled = np.clip(face(rng) + speckles, 0, 255).astype(np.uint8)
    steps = []
    for deviation in (0.5, 2, 3):
        blurred = cv2.GaussianBlur(speckled, (0, 0), deviation)
        # The upper edge, down the cheeks, of masks that differ from the skin.
        drawn = [
            masks.draw(blurred, LANDMARKS * 128, "nose", np.random.default_rng(seed))[60:100, 48:80].mean(axis=2) for seed in range(12)
        ]
        steps.append(np.mean([np.abs(np.diff(d, axis=0)).max(axis=0).mean() for d in drawn]))
    assert steps[0] > 1.2 * steps[1]
    assert steps[1] > 1.2 * steps[2]


TURNED = np.array([[0.42, 0.4], [0.62, 0.4], [0.62, 0.58], [0.45, 0.72], [0.6, 0.72]], np.float32)
MIRRORED = (TURNED * (-1, 1) + (1, 0))[[1, 0, 2, 4, 3]].astype(np.float32)


def test_a_mask_hangs_from_the_ear_in_sight():
    for points, seen, hidden in ((TURNED, np.s_[:, :64], np.s_[:, 64:]), (MIRRORED, np.s_[:, 64:], np.s_[:, :64])):
        for seed in range(20):
            where = lies("hanging", seed, points * 128)
            assert where[seen].sum() > where[hidden].sum(), f"seed {seed}"


@pytest.mark.parametrize("state", ["forehead", "hanging"])
def test_a_mask_that_could_be_something_else_has_its_strings(state, monkeypatch, rng):
    drawn = []
    monkeypatch.setattr(masks.straps, "draw", lambda *parts: drawn.append(1))
    for seed in range(30):
        masks.draw(face(rng), LANDMARKS * 128, state, np.random.default_rng(seed))
    assert len(drawn) == 30


def test_a_turned_head_hides_the_far_side():
    for seed in range(20):
        cols = np.flatnonzero(lies("correct", seed, TURNED * 128)[88])
        assert cols[-1] / 128 < 0.78, f"seed {seed}"
        assert cols[0] / 128 < 0.45, f"seed {seed}"


def test_what_a_mask_covers_looks_otherwise_and_the_rest_stays():
    image = np.full((128, 128, 3), (205, 160, 130), np.uint8)
    image[::2] -= 6
    for seed in range(40):
        drawn = masks.draw(image, LANDMARKS * 128, "nose", np.random.default_rng(seed)).astype(int)
        assert (drawn[84:108, 50:78] != image[84:108, 50:78]).mean() > 0.7, f"seed {seed}"
        np.testing.assert_array_equal(drawn[:40, 40:88], image[:40, 40:88])


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
    seen, render = set(), masks.texture.render
    monkeypatch.setattr(masks.texture, "render", lambda *parts: seen.add(parts[4]) or render(*parts))
    for seed in range(40):
        masks.draw(face(rng), LANDMARKS * 128, "correct", np.random.default_rng(seed))
    assert seen == set(masks.KINDS)


def test_a_gray_picture_gets_a_gray_mask(rng):
    gray = np.repeat(face(rng).mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)
    for seed in range(30):
        drawn = masks.draw(gray, LANDMARKS * 128, "correct", np.random.default_rng(seed)).astype(int)
        assert np.ptp(drawn[80:110, 45:83], axis=2).mean() < 4, f"seed {seed}"


def test_weights_of_the_wrong_ways_are_chances():
    assert sum(masks.WEIGHTS.values()) == pytest.approx(1)
    assert tuple(masks.WEIGHTS) == masks.INCORRECT


def test_degenerate_landmarks_do_not_crash(rng):
    masks.draw(face(rng), np.full((5, 2), 64.0), "nose", rng)
    masks.draw(face(rng), np.zeros((5, 2)), "correct", rng)


def test_an_unknown_state_is_refused(rng):
    with pytest.raises(ValueError, match=r"^state 'hat' is not one of correct, nose, chin, mouth, eyes, forehead, hanging$"):
        masks.draw(face(rng), LANDMARKS * 128, "hat", rng)


def test_augment_keeps_form_and_repeats(rng):
    image = face(rng)
    for seed in range(50):
        a = augment(image, np.random.default_rng(seed))
        assert a.shape == (96, 96, 3)
        assert a.dtype == np.uint8
        np.testing.assert_array_equal(a, augment(image, np.random.default_rng(seed)))
