import numpy as np
import pytest

from training.defense import certify, masking

SIZE, PATCH, FILL = 24, 5, np.float32(masking.FILL)


def bright(images):
    """Class 2 where something is brighter than the fill by much, 1 where darker, else 0: a net that sees the whole image."""
    high, low = images.max(axis=(1, 2, 3)) > 0.9, images.min(axis=(1, 2, 3)) < 0.1
    return np.stack([~high & ~low, low & ~high, high], axis=1).astype(np.float32) * 4


@pytest.fixture(params=[2, 3, 4])
def masks(request):
    return masking.masks(SIZE, PATCH, request.param)


def faces(*values):
    """Flat images; every view of them has the same answer, as they differ from the fill everywhere or nowhere."""
    return np.stack([np.full((SIZE, SIZE, 3), v, np.float32) for v in values])


def test_certificate_holds_for_every_place_and_content(masks):
    images = faces(0.5, 0.05, 0.95)
    one = certify.one_mask(bright, images, masks).argmax(axis=2)
    np.testing.assert_array_equal(certify.agreed(bright, images, one, masks), [0, 1, 2])
    for label, image in enumerate(images):
        places = [(r, c) for r in range(SIZE - PATCH + 1) for c in range(SIZE - PATCH + 1)]
        for value in (0.0, 0.5, 1.0):
            attacked = np.repeat(image[None], len(places), axis=0)
            for one_attacked, (r, c) in zip(attacked, places, strict=True):
                one_attacked[r : r + PATCH, c : c + PATCH] = value
            answers, passes = certify.infer(bright, attacked, masks)
            np.testing.assert_array_equal(answers, label)
            assert passes.max() <= len(masks) * (len(masks) + 1)


def test_no_certificate_where_one_view_disagrees(masks):
    image = faces(0.5)
    image[0, 0, 0] = 1.0  # only views that leave the corner say 2
    one = certify.one_mask(bright, image, masks).argmax(axis=2)
    assert set(one[0]) == {0, 2}
    assert certify.agreed(bright, image, one, masks)[0] == -1


def test_two_mask_disagreement_alone_denies_the_certificate():
    masks = masking.masks(SIZE, PATCH, 3)
    image = faces(0.5)
    image[0, 0, 0] = image[0, -1, -1] = 1.0  # two spots: no single mask hides both
    one = certify.one_mask(bright, image, masks).argmax(axis=2)
    assert set(one[0]) == {2}
    assert certify.agreed(bright, image, one, masks, step=5)[0] == -1


def test_inference_follows_the_surviving_minority():
    masks = masking.masks(SIZE, PATCH, 3)
    attacked = faces(0.5)
    attacked[0, 1:6, 1:6] = 1.0  # a patch in the corner: eight views of nine see it
    answer, passes = certify.infer(bright, attacked, masks)
    assert (answer[0], passes[0]) == (0, 18)


def test_ties_go_to_the_higher_class():
    masks = masking.masks(SIZE, PATCH, 2)

    def torn(images):
        left = (images[:, :, :2] == FILL).any(axis=(1, 2, 3))
        right = (images[:, :, -2:] == FILL).any(axis=(1, 2, 3))
        return np.stack([left & ~right, np.zeros_like(left), ~left | right], axis=1).astype(np.float32)

    assert certify.infer(torn, faces(0.2), masks)[0][0] == 2


def test_detection_needs_confidence_above_tau(masks):
    images, labels = faces(0.5, 0.95), np.array([0, 2])
    logits = certify.one_mask(bright, images, masks)
    one = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    clean = one[:, 0]
    assert certify.detection(clean, one, labels, 0.5).all()
    assert not certify.detection(clean, one, labels, 0.99).any()
    assert not certify.detection(clean, one, labels[::-1], 0.5).any()
    assert not certify.alarms(clean, one, 0.0).any()
    one[0, 1] = [0.1, 0.1, 0.8]
    assert certify.alarms(clean, one, 0.5).tolist() == [True, False]
    assert certify.silent(one, 0, 0.5).tolist() == [True, False]


def test_nothing_to_do(masks):
    answers, passes = certify.infer(bright, np.zeros((0, SIZE, SIZE, 3), np.float32), masks)
    assert len(answers) == len(passes) == 0
