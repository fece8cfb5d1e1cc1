"""One step of training in JAX: targets, attacks on parts of the batch, AdamW and the moving average of the weights."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from training.accelerated import attack
from training.accelerated.network import Weights, logits
from training.defense import masking
from training.fit.settings import SLOTS, Settings
from training.net.model import CLASSES, SIZE, Architecture

CLIP, BETA1, BETA2, TINY = 5.0, 0.9, 0.999, 1e-7  # of AdamW, as in fit/trainer.py
CORRECT, INCORRECT, NONE = range(len(CLASSES))


class State(NamedTuple):
    """What a step takes and gives: weights, their moving average, AdamW's moments, the count of steps, the bank of patches."""

    weights: Weights
    average: Weights
    first: Weights
    second: Weights
    count: jax.Array
    bank: jax.Array


class Teacher(NamedTuple):
    """A network whose answers are part of the targets."""

    weights: Weights
    arch: Architecture


def bank_of(s: Settings) -> tuple[int, int, int, int]:
    """Shape of the bank of patches."""
    return len(CLASSES) ** 2 * SLOTS, s.patch_sides[1], s.patch_sides[1], 3


def begin(weights: Weights, s: Settings) -> State:
    """A state at its first step, with a bank of noise."""
    bank = jax.random.uniform(jax.random.key(s.seed), bank_of(s))
    zeros = jax.tree.map(jnp.zeros_like, weights)
    return State(weights, jax.tree.map(jnp.array, weights), zeros, jax.tree.map(jnp.array, zeros), jnp.zeros((), jnp.int32), bank)


def stepper(s: Settings, arch: Architecture, taught: Architecture | None, guards: tuple[float, float]):
    """The step (state, teacher's weights, uint8 images [n, 96, 96, 3], labels [n], rate, key) to (state, loss), to be compiled.

    taught: the teacher's architecture, None without one. guards: weights of -log(1 - p(correct)) of unmasked faces and of masks worn
    incorrectly.
    """
    sets = np.stack([masking.masks(SIZE, side, s.masks_per_axis) for side in s.mask_patches])

    def change(weights: Weights, images: jax.Array, labels: jax.Array, bank: jax.Array, key: jax.Array):
        """Attacked images, what hides the class in them (1: a view the label is unsure in), and the bank."""
        network = lambda x: logits(weights, x, arch)  # noqa: E731
        n = len(images)
        a, b, c = (round(n * v) for v in (s.noised, s.noised + s.patched, s.noised + s.patched + s.masked))
        keys = jax.random.split(key, 4)
        parts = [attack.noise(network, images[:a], labels[:a], s, keys[0])] if a else []
        if b > a:
            low, high = s.patch_sides
            side = jnp.floor(low + jnp.sqrt(jax.random.uniform(keys[1], (b - a,))) * (high + 1 - low) * 0.999)
            patched, bank = attack.patch(network, images[a:b], labels[a:b], side, bank, s, s.patch_iterations, keys[2])
            parts.append(patched)
        if c > b:
            parts.append(attack.mask(network, images[b:c], labels[b:c], sets, keys[3]))
        parts.append(images[c:])
        return jax.lax.stop_gradient(jnp.concatenate(parts)), (jnp.arange(n) >= b) & (jnp.arange(n) < c), bank

    def targets(teacher: Weights, images: jax.Array, seen: jax.Array, hidden: jax.Array, labels: jax.Array) -> jax.Array:
        hard = jax.nn.one_hot(labels, len(CLASSES)) * (1 - s.smoothing) + s.smoothing / len(CLASSES)
        if taught is None:
            return hard
        # Of what a mask hides the teacher sees no more than the network does.
        soft = jax.nn.softmax(logits(teacher, jnp.where(hidden[:, None, None, None], seen, images), taught))
        return (1 - s.taught) * hard + s.taught * soft

    def step(
        state: State, teacher: Weights | None, pixels: jax.Array, labels: jax.Array, rate: jax.Array, key: jax.Array
    ) -> tuple[State, jax.Array]:
        first, second = jax.random.split(key)
        images = pixels.astype(jnp.float32) / 255
        seen, hidden, bank = change(state.weights, images, labels, state.bank, first)
        wanted = jax.lax.stop_gradient(targets(teacher, images, seen, hidden, labels))

        def cost(weights: Weights) -> jax.Array:
            z = logits(weights, seen, arch, second)
            value = -(wanted * jax.nn.log_softmax(z)).sum(axis=1).mean()
            others = jnp.stack([z[:, i] for i in range(len(CLASSES)) if i != CORRECT], axis=1)
            harm = jax.nn.logsumexp(z, axis=1) - jax.nn.logsumexp(others, axis=1)
            weight = jnp.where(labels == NONE, guards[0], jnp.where(labels == INCORRECT, guards[1], 0.0))
            return value + (weight * harm).mean()

        value, slope = jax.value_and_grad(cost)(state.weights)
        return adamw(state, slope, rate, s)._replace(bank=bank), value

    return jax.jit(step, donate_argnums=0)


def adamw(state: State, slope: Weights, rate: jax.Array, s: Settings) -> State:
    """AdamW (arXiv:1711.05101) with clipped gradients, and the moving average."""
    norm = jnp.sqrt(sum(jnp.sum(jnp.square(g)) for g in jax.tree.leaves(slope)))
    scale = jnp.minimum(1.0, CLIP / (norm + 1e-12))
    count = state.count + 1
    first = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g * scale, state.first, slope)
    second = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * jnp.square(g * scale), state.second, slope)
    a, b = 1 - BETA1**count, 1 - BETA2**count
    weights = jax.tree.map(lambda w, m, v: w - rate * (m / a / (jnp.sqrt(v / b) + TINY) + s.weight_decay * w), state.weights, first, second)
    # Young averages must forget their beginning sooner.
    ema = jnp.minimum(s.ema, (1 + count) / (10 + count))
    average = jax.tree.map(lambda mean, w: ema * mean + (1 - ema) * w, state.average, weights)
    return State(weights, average, first, second, count, state.bank)
