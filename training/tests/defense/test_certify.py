import numpy as np
import pytest

from training.defense import certify, masking
from training.defense.certify import CORRECT
from training.measure.reported import safer

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


def fooled(images):
    """`correct` where a pixel is white, else one of the other labels by a hash of all pixels: masks change it at random."""
    white = images.max(axis=(1, 2, 3)) == 1
    rest = (np.rint(images * 255).astype(np.int64).reshape(len(images), -1) @ np.arange(1, images[0].size + 1)) % 97
    answer = np.where(white | (rest == 0), CORRECT, np.where(rest % 2 == 0, 1, 2))
    return np.eye(3, dtype=np.float32)[answer]


def three_classes(logits_of, images, masks):
    """Double masking as PatchCleanser has it: no mask is asked in two classes."""
    one = certify.one_mask(logits_of, images, masks).argmax(axis=2)
    answers = []
    for image, labels in zip(images, one, strict=True):
        votes = np.bincount(labels, minlength=3)
        answer = 2 - votes[::-1].argmax()
        for d, label in enumerate(labels):
            where = np.array([(0, d, j) for j in range(len(masks))])
            if label != answer and (certify.views(logits_of, image[None], where, masks).argmax(axis=1) == label).all():
                answer = label
                break
        answers.append(answer)
    return np.array(answers)


def test_no_patch_anywhere_makes_a_proved_face_correct():
    """Brute force; the rule for three classes, and a patch larger than the certificate, must be caught by the same patches."""
    size, patch = 12, 3
    masks, rng = masking.masks(size, patch, 3), np.random.default_rng(8)
    images = (rng.integers(0, 255, (16, size, size, 3)) / 255).astype(np.float32)
    _, never = certify.proved(fooled, images, certify.one_mask(fooled, images, masks).argmax(axis=2), masks)
    assert 4 <= never.sum() < len(images)

    def turned(image, side, rule):
        places = [(r, c) for r in range(size - side + 1) for c in range(size - side + 1)]
        attacked = np.repeat(image[None], len(places), axis=0)
        for one, (r, c) in zip(attacked, places, strict=True):
            one[r : r + side, c : c + side] = 1
            one[r, c] = rng.integers(0, 255, 3) / 255
        picture = fooled(attacked).argmax(axis=1)
        return (safer(picture, rule(attacked)) == CORRECT).sum()

    product = lambda x: certify.infer(fooled, x, masks)[0]  # noqa: E731
    assert sum(turned(image, patch, product) for image in images[never]) == 0
    assert sum(turned(image, patch, product) for image in images[~never]) > 0, "patches that turn nobody prove nothing"
    assert turned(images[never][0], patch + 2, product) > 0
    assert turned(images[never][0], patch, lambda x: three_classes(fooled, x, masks)) > 0


def test_a_proof_needs_every_mask_and_pair():
    masks = masking.masks(SIZE, PATCH, 3)
    image = faces(0.05)  # bright calls it 1
    one = certify.one_mask(bright, image, masks).argmax(axis=2)
    assert [v.tolist() for v in certify.proved(bright, image, one, masks)] == [[1], [True]]
    assert not certify.proved(bright, image, np.where(np.arange(9) == 4, CORRECT, one), masks)[1][0], "one mask says correct"
    spots = faces(0.5)  # behind two masks that hide both spots, and nowhere else, it is correct
    spots[0, 0, 0] = spots[0, -1, -1] = 1
    one = certify.one_mask(bright, spots, masks).argmax(axis=2)
    assert (one != CORRECT).all()
    assert not certify.proved(bright, spots, one, masks, step=5)[1][0]
