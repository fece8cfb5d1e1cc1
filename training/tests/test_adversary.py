from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from training import attacks, masking
from training.adversary import CORRECT, NONE, Adversary
from training.settings import Settings

SETTINGS = replace(Settings(), batch=24, noised=0.25, patched=0.5, masked=0.125, patch_sides=(10, 20))
SEED = tf.constant([1, 2])
FULL = tf.constant(1.0)


@pytest.fixture(scope="module")
def network() -> keras.Model:
    keras.utils.set_random_seed(4)
    layers = [keras.Input((96, 96, 3)), keras.layers.Conv2D(8, 7, 4, activation="relu"), keras.layers.Flatten(), keras.layers.Dense(3)]
    return keras.Sequential(layers)


@pytest.fixture(scope="module")
def batch() -> tuple[tf.Tensor, tf.Tensor]:
    rng = np.random.default_rng(2)
    return tf.constant(rng.uniform(0.2, 0.8, (24, 96, 96, 3)).astype(np.float32)), tf.constant(np.arange(24) % 3, tf.int32)


def test_each_part_of_a_batch_is_changed_as_named(network, batch):
    images, labels = batch
    out = Adversary(network, SETTINGS).change(images, labels, FULL, SEED).numpy()
    assert out.min() >= 0
    assert out.max() <= 1
    change = np.abs(out - images.numpy())
    assert change[:6].max() <= 8 / 255 + 1e-6
    assert (change[:6].max(axis=(1, 2, 3)) >= 2 / 255 - 1e-6).all()
    touched = (change[6:18] > 0).any(axis=3)
    for picture in touched:
        rows, cols = np.flatnonzero(picture.any(axis=1)), np.flatnonzero(picture.any(axis=0))
        assert 10 <= rows[-1] - rows[0] + 1 <= 20
        assert rows[-1] - rows[0] == cols[-1] - cols[0]
    hidden = (np.abs(out[18:21] - np.float32(masking.FILL)) < 1e-6).all(axis=3).mean(axis=(1, 2))
    assert (hidden >= 0.17).all()
    np.testing.assert_array_equal(out[21:], images[21:])


def test_patches_do_harm_and_more_steps_more(network, batch):
    images, labels = batch
    adversary = Adversary(network, SETTINGS)
    away, sign = adversary._aims(labels, SEED + 20)
    harm = []
    for iterations in (0, 1, 8):
        changed = adversary.square(images, labels, tf.fill([24], 20.0), iterations, SEED)
        harm.append(float(tf.reduce_mean(sign[:, 0, 0, 0] * attacks.loss(network(changed), away))))
    assert harm[0] < harm[1] < harm[2]


def test_bare_faces_are_mostly_aimed_at_correct(network):
    labels = tf.fill([400], NONE)
    aims, sign = Adversary(network, SETTINGS)._aims(labels, SEED)
    towards = aims.numpy()[sign.numpy()[:, 0, 0, 0] < 0]
    assert 0.7 < np.mean(towards == CORRECT) < 0.95
    assert (towards != NONE).all()


def test_the_worst_pair_of_masks_is_taken(network, batch):
    images, labels = batch
    loss = [
        float(tf.reduce_mean(attacks.loss(network(Adversary(network, replace(SETTINGS, mask_tries=t)).mask(images, labels, SEED)), labels)))
        for t in (1, 12)
    ]
    assert loss[0] < loss[1]


def test_strength_scales_radius_and_side(network, batch):
    images, labels = batch
    out = Adversary(network, SETTINGS).change(images, labels, tf.constant(0.25), SEED).numpy()
    change = np.abs(out - images.numpy())
    assert change[:6].max() <= 2 / 255 + 1e-6
    assert (change[6:18] > 0).any(axis=3).sum(axis=(1, 2)).max() <= 13**2
