from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from training.accelerated import attack
from training.defense import masking
from training.fit.settings import Settings

SETTINGS = replace(Settings(), patch_sides=(10, 20), iterations=4)
KEY = jax.random.key(3)


@pytest.fixture(scope="module")
def linear():
    """A network of one product that has learned nothing."""
    kernel = jnp.asarray(np.random.default_rng(4).normal(0, 0.02, (96 * 96 * 3, 3)), jnp.float32)
    return lambda x: x.reshape(len(x), -1) @ kernel


@pytest.fixture(scope="module")
def pictures(batch):
    return jnp.asarray(np.array(batch[0])), jnp.asarray(np.array(batch[1]))


def test_noise_stays_in_its_ball_and_does_harm(linear, pictures):
    images, labels = pictures
    changed = attack.noise(linear, images, labels, SETTINGS, KEY)
    assert 0 < float(jnp.abs(changed - images).max()) <= SETTINGS.eps + 1e-6
    assert (attack.loss(linear(changed), labels) > attack.loss(linear(images), labels)).all()


def test_a_patch_changes_its_square_only_and_the_bank_learns(linear, pictures):
    images, labels = pictures
    bank, side = jnp.zeros((9 * 24, 20, 20, 3)), jnp.full(24, 12.0)
    changed, learned = attack.patch(linear, images, labels, side, bank, SETTINGS, 4, KEY)
    touched = np.array(jnp.abs(changed - images).max(axis=3) > 0)
    for one in touched:
        rows, cols = np.flatnonzero(one.any(axis=1)), np.flatnonzero(one.any(axis=0))
        assert max(np.ptp(rows), np.ptp(cols)) < 12
    assert float(jnp.abs(learned).sum()) > 0


def test_more_steps_of_a_patch_do_more_harm(linear, pictures):
    images, labels = pictures
    bank, side = jnp.zeros((9 * 24, 20, 20, 3)), jnp.full(24, 20.0)
    aims, sign = attack._aims(labels, jax.random.split(KEY, 8)[0])
    harm = []
    for steps in (1, 8):
        changed, _ = attack.patch(linear, images, labels, side, bank, SETTINGS, steps, KEY)
        harm.append(float((sign[:, 0, 0, 0] * attack.loss(linear(changed), aims)).mean()))
    assert harm[0] < harm[1]


def test_masks_hide_what_they_cover_and_the_worst_is_taken(linear, pictures):
    images, labels = pictures
    sets = np.stack([masking.masks(96, side, 3) for side in (14, 21)])
    hidden = np.array((attack.mask(linear, images, labels, sets, KEY) == masking.FILL).all(axis=3))
    areas = {int(m.sum()) for m in sets.reshape(-1, 96, 96)}
    assert all(one.sum() >= min(areas) for one in hidden)
    first = jnp.where(jnp.asarray(sets[0])[:, None, ..., None], masking.FILL, images[None])
    worst = jnp.stack([attack.loss(linear(x), labels) for x in first]).max(axis=0)
    found = attack._worst(linear, images, labels, jnp.broadcast_to(jnp.asarray(sets[0])[:, None, ..., None], (9, 24, 96, 96, 1)))
    np.testing.assert_allclose(attack.loss(linear(found), labels), worst, rtol=1e-5)
