import numpy as np
import pytest
import tensorflow as tf

from training.defense import certify, masking
from training.measure import evasion
from training.net.model import SIZE

PATCH = 14


@pytest.fixture(scope="module")
def network():
    weights = tf.random.stateless_normal([12, 12, 3, 3], [1, 2]) * 3
    return lambda x: tf.reduce_mean(tf.nn.relu(tf.nn.conv2d(x - 0.5, weights, 12, "VALID")), axis=(1, 2))


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(5).uniform(0.3, 0.7, (3, SIZE, SIZE, 3)).astype(np.float32)


def test_centers_lie_in_one_mask_alone():
    masks = masking.masks(SIZE, PATCH, 3)
    for i, (row, column) in enumerate(evasion.centers(masks, PATCH)):
        inside = masks[:, row : row + PATCH, column : column + PATCH].all(axis=(1, 2))
        assert inside.tolist() == [j == i for j in range(len(masks))]


def test_weakest_puts_the_mask_whose_views_fail_first(images):
    masks = masking.masks(SIZE, PATCH, 3)

    def fails_behind_mask_4(x):
        hidden = (x == np.float32(masking.FILL)).all(axis=3)
        wrong = (hidden & masks[4]).sum(axis=(1, 2)) == masks[4].sum()
        return np.stack([~wrong, wrong, np.zeros_like(wrong)], axis=1).astype(np.float32)

    order = evasion.weakest(fails_behind_mask_4, images, np.zeros(3, int), masks, 3)
    # With mask 4 every partner fails too, so all tie; a mask apart from it fails only together with it.
    assert order.shape == (3, 3)
    assert (evasion.weakest(fails_behind_mask_4, images, np.ones(3, int), masks, 9)[:, -1] == 4).all()


def test_patch_changes_its_square_only_and_wins_views(network, images):
    masks = masking.masks(SIZE, PATCH, 3)
    corners = evasion.centers(masks, PATCH)[[4, 0, 8]]
    targets = (np.argmax(network(images), axis=1) + 1) % 3
    attack = evasion.Evasion(network, masks, PATCH, 12)
    attacked = attack(images, targets, corners, 1)
    np.testing.assert_array_equal(attacked, attack(images, targets, corners, 1))
    assert attacked.min() >= 0
    assert attacked.max() <= 1
    for image, before, (row, column) in zip(attacked, images, corners, strict=True):
        outside = np.ones((SIZE, SIZE), bool)
        outside[row : row + PATCH, column : column + PATCH] = False
        np.testing.assert_array_equal(image[outside], before[outside])
    logits_of = lambda x: network(tf.constant(x)).numpy()  # noqa: E731
    lead = lambda x: np.take_along_axis(certify.one_mask(logits_of, x, masks), targets[:, None, None], 2).mean()  # noqa: E731
    assert lead(attacked) > lead(images)


def test_no_images(network):
    attack = evasion.Evasion(network, masking.masks(SIZE, PATCH, 3), PATCH, 2)
    assert attack(np.zeros((0, SIZE, SIZE, 3), np.float32), np.zeros(0, int), np.zeros((0, 2), int), 1).shape == (0, SIZE, SIZE, 3)
