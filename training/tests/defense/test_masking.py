import numpy as np
import pytest

from training.defense import masking


@pytest.mark.parametrize(
    ("size", "patch", "per_axis", "starts", "side"),
    [(96, 14, 3, [0, 28, 55], 41), (224, 32, 3, [0, 65, 128], 96), (96, 14, 6, [0, 14, 28, 42, 56, 69], 27)],
)
def test_the_published_geometry(size, patch, per_axis, starts, side):
    assert masking.offsets(size, patch, per_axis) == (starts, side)


@pytest.mark.parametrize("size", [8, 31, 96])
@pytest.mark.parametrize("per_axis", [1, 2, 3, 4, 6, 8])
def test_every_patch_lies_wholly_in_a_mask(size, per_axis):
    for patch in range(1, size):
        starts, side = masking.offsets(size, patch, per_axis)
        assert len(starts) <= per_axis
        assert all(any(s <= place and place + patch <= s + side for s in starts) for place in range(size - patch + 1))


def test_masks_and_their_pairs():
    single, double = masking.masks(96, 14, 3), masking.pairs(96, 14, 3)
    assert single.shape == (9, 96, 96)
    assert double.shape == (45, 96, 96)
    assert (single.sum(axis=(1, 2)) == 41 * 41).all()
    assert {m.tobytes() for m in single} <= {m.tobytes() for m in double}


def test_hiding_leaves_the_rest():
    images = np.random.default_rng(1).random((2, 96, 96, 3), np.float32)
    mask = masking.masks(96, 14, 3)[4]
    seen = masking.hide(images, mask)
    assert (seen[:, mask] == np.float32(masking.FILL)).all()
    assert (seen[:, ~mask] == images[:, ~mask]).all()


@pytest.mark.parametrize(("patch", "per_axis"), [(0, 3), (96, 3), (14, 0)])
def test_impossible_sets_are_refused(patch, per_axis):
    with pytest.raises(ValueError, match="want 0 < patch < size"):
        masking.offsets(96, patch, per_axis)
