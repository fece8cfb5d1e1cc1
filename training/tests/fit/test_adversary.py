from dataclasses import replace

import numpy as np
import tensorflow as tf

from training import attacks
from training.defense import masking
from training.fit.adversary import LEAST, Adversary
from training.fit.settings import Settings

SETTINGS = replace(Settings(), batch=24, noised=0.25, patched=0.5, masked=0.125, patch_sides=(10, 20))
SEED = tf.constant([1, 2])
FULL = tf.constant(1.0)


def test_each_part_of_a_batch_is_changed_as_named(network, batch):
    images, labels = batch
    out = Adversary(network, SETTINGS).change(images, labels, FULL, SEED).numpy()
    assert out.min() >= 0
    assert out.max() <= 1
    change = np.abs(out - images.numpy())
    assert change[:6].max() <= 10 / 255 + 1e-6
    assert (change[:6].max(axis=(1, 2, 3)) * 255 >= 10 * LEAST - 1e-3).all()
    touched = (change[6:18] > 0).any(axis=3)
    for picture in touched:
        rows, cols = np.flatnonzero(picture.any(axis=1)), np.flatnonzero(picture.any(axis=0))
        assert 10 <= rows[-1] - rows[0] + 1 <= 20
        assert rows[-1] - rows[0] == cols[-1] - cols[0]
    hidden = (np.abs(out[18:21] - np.float32(masking.FILL)) < 1e-6).all(axis=3).mean(axis=(1, 2))
    assert (hidden >= 0.17).all()
    np.testing.assert_array_equal(out[21:], images[21:])


def test_the_worst_masks_are_taken(network, batch):
    images, labels = batch
    adversary = Adversary(network, SETTINGS)
    masks = adversary.sets[0]
    one = [float(tf.reduce_mean(attacks.loss(network(tf.where(m[..., None], masking.FILL, images)), labels))) for m in masks]
    hidden = adversary.mask(images, labels, masks, SEED)
    assert float(tf.reduce_mean(attacks.loss(network(hidden), labels))) > max(one)
    covered = (np.abs(hidden.numpy() - np.float32(masking.FILL)) < 1e-6).all(axis=3)
    pairs = masking.pairs(96, SETTINGS.mask_patches[0], SETTINGS.masks_per_axis)
    assert all((picture == pairs).all(axis=(1, 2)).any() for picture in covered)


def test_strength_scales_radius_and_side(network, batch):
    images, labels = batch
    out = Adversary(network, SETTINGS).change(images, labels, tf.constant(0.25), SEED).numpy()
    change = np.abs(out - images.numpy())
    assert change[:6].max() <= 2.5 / 255 + 1e-6
    assert (change[6:18] > 0).any(axis=3).sum(axis=(1, 2)).max() <= 13**2


def test_a_power_above_one_makes_most_radii_small(network, batch):
    images, labels = batch
    radii = {}
    for power in (1.0, 3.0):
        out = Adversary(network, replace(SETTINGS, power=power)).noise(images, labels, FULL, SEED).numpy()
        radii[power] = np.abs(out - images.numpy()).max(axis=(1, 2, 3)) / SETTINGS.eps
    np.testing.assert_allclose(radii[3.0], np.maximum(radii[1.0] ** 3, LEAST), atol=1e-3)
