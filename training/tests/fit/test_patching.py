from dataclasses import replace

import keras
import numpy as np
import tensorflow as tf

from training import attacks
from training.fit.patching import CORRECT, NONE, Patcher
from training.fit.settings import Settings

SETTINGS = replace(Settings(), batch=24, patch_sides=(10, 20))
SEED = tf.constant([1, 2])
FULL = tf.constant(1.0)


def harm(network, patcher, images, labels, changed) -> float:
    aims, sign = patcher.aims(labels, SEED + 20)
    return float(tf.reduce_mean(sign[:, 0, 0, 0] * attacks.loss(network(changed), aims)))


def test_patches_do_harm_and_more_steps_more(network, batch):
    images, labels = batch
    patcher = Patcher(network, SETTINGS)
    found = [harm(network, patcher, images, labels, patcher.square(images, labels, tf.fill([24], 20.0), n, SEED)) for n in (0, 1, 8)]
    assert found[0] < found[1] < found[2]


def test_the_worst_of_more_places_does_more_harm(network, batch):
    images, labels = batch
    found = []
    for places in (1, 8):
        patcher = Patcher(network, replace(SETTINGS, patch_places=places))
        found.append(harm(network, patcher, images, labels, patcher.square(images, labels, tf.fill([24], 16.0), 0, SEED)))
    assert found[0] < found[1]


def test_the_bank_makes_the_same_steps_go_further(batch):
    """For a network that knows no place, what did harm in one does so in another."""
    images, labels = batch
    keras.utils.set_random_seed(5)
    layers = [keras.Input((96, 96, 3)), keras.layers.Conv2D(8, 7, 4, activation="relu"), keras.layers.GlobalMaxPooling2D()]
    network = keras.Sequential([*layers, keras.layers.Dense(3)])
    patcher = Patcher(network, replace(SETTINGS, patch_iterations=2))
    noise = patcher.bank.numpy()
    first = harm(network, patcher, images, labels, patcher.square(images, labels, tf.fill([24], 20.0), 2, SEED, learn=True))
    for step in range(30):
        patcher.change(images, labels, FULL, tf.constant([1, 100 + step]))
    assert (patcher.bank.numpy() != noise).any(axis=(1, 2, 3)).mean() > 0.3
    assert first < harm(network, patcher, images, labels, patcher.square(images, labels, tf.fill([24], 20.0), 2, SEED, learn=True))


def test_gradient_steps_change_the_patch_alone(network, batch):
    """Outside of its square nothing changes; inside, a step of size one reaches the ends of the pixel range."""
    images, labels = batch
    out = Patcher(network, replace(SETTINGS, patch_step=1.0)).square(images, labels, tf.fill([24], 12.0), 1, SEED).numpy()
    for was, now in zip(images.numpy(), out, strict=True):
        rows, cols = (np.flatnonzero((was != now).any(axis=(2, axis))) for axis in (1, 0))
        assert len(rows) == len(cols) == 12
        square = now[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
        assert np.isin(square, (0, 1)).mean() > 0.9


def test_unmasked_faces_are_mostly_aimed_at_correct(network):
    labels = tf.fill([400], NONE)
    aims, sign = Patcher(network, SETTINGS).aims(labels, SEED)
    toward = aims.numpy()[sign.numpy()[:, 0, 0, 0] < 0]
    assert 0.7 < np.mean(toward == CORRECT) < 0.95
    assert (toward != NONE).all()
