"""fit/adversary.py and fit/patching.py in JAX: noise, patches and masks for parts of a batch, against the network as it is."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from training.defense.masking import FILL
from training.fit.settings import GRID, LEAST, SLOTS, Settings
from training.net.model import CLASSES, SIZE

CORRECT, NONE = CLASSES.index("correct"), CLASSES.index("none")
Network = Callable[[jax.Array], jax.Array]


def loss(z: jax.Array, labels: jax.Array) -> jax.Array:
    """Cross-entropy per image [n]."""
    return -jnp.take_along_axis(jax.nn.log_softmax(z), labels[:, None], axis=1)[:, 0]


def _slope(network: Network, images: jax.Array, labels: jax.Array) -> jax.Array:
    return jax.grad(lambda x: loss(network(x), labels).sum())(images)


def pgd(
    network: Network,
    images: jax.Array,
    labels: jax.Array,
    eps: jax.Array,
    step: jax.Array,
    iterations: int,
    key: jax.Array,
    decay: float = 1.0,
):
    """PGD from a random start; eps and step broadcast to the images. Each step is `decay` times as long as the one before."""
    low, high = jnp.maximum(images - eps, 0), jnp.minimum(images + eps, 1)
    start = jnp.clip(images + eps * jax.random.uniform(key, images.shape, minval=-1.0), low, high)
    move = lambda i, x: jnp.clip(x + step * decay**i * jnp.sign(_slope(network, x, labels)), low, high)  # noqa: E731
    return jax.lax.fori_loop(0, iterations, move, start)


def noise(network: Network, images: jax.Array, labels: jax.Array, s: Settings, key: jax.Array) -> jax.Array:
    """PGD with a random radius and a random first step for each image."""
    first, second, third = jax.random.split(key, 3)
    eps = s.eps * jnp.maximum(jax.random.uniform(first, (len(images), 1, 1, 1)) ** s.power, LEAST)
    step = eps * s.step * jax.random.uniform(third, eps.shape, minval=0.5)
    return pgd(network, images, labels, eps, step, s.iterations, second, s.decay)


def patch(network: Network, images: jax.Array, labels: jax.Array, side: jax.Array, bank: jax.Array, s: Settings, iterations: int, key):
    """Images with a square of side [n] pixels each, and the bank with what came of it; bank [slots, largest, largest, 3]."""
    keys, n, most = jax.random.split(key, 8), len(images), s.patch_sides[1]
    aims, sign = _aims(labels, keys[0])
    content = jax.random.uniform(keys[1], (n, most, most, 3))
    slot = (labels * len(CLASSES) + aims) * SLOTS + jax.random.randint(keys[2], (n,), 0, SLOTS)
    old = jax.random.bernoulli(keys[3], 0.5, (n, 1, 1, 1))
    content = jnp.where(old, bank[slot], content)
    corner = _place(network, images, aims, sign, side, content, s.patch_places, keys[4])
    inside = _inside(corner, side)

    def move(i: int, content: jax.Array) -> jax.Array:
        left = 1.0 - 0.8 * i / iterations
        value = lambda c: loss(network(jnp.where(inside, _apply(c, corner), images)), aims).sum()  # noqa: E731
        return jnp.clip(content + sign * s.patch_step * left * jnp.sign(jax.grad(value)(content)), 0, 1)

    content = jax.lax.fori_loop(0, iterations, move, content)
    return jnp.where(inside, _apply(content, corner), images), bank.at[slot].set(content)


def mask(network: Network, images: jax.Array, labels: jax.Array, sets: np.ndarray, key: jax.Array) -> jax.Array:
    """Hides each image behind the worst mask of one of the sets bool [sets, m, 96, 96], then the worst second (arXiv:2306.12610)."""
    first, second = jax.random.split(key)
    of = jax.random.randint(first, (len(images),), 0, len(sets))
    hidden = jnp.moveaxis(jnp.asarray(sets), 1, 0)[:, of][..., None]
    seen = _worst(network, images, labels, hidden)
    both = _worst(network, seen, labels, hidden)
    # One in four keeps a single mask: the first round of double masking sees no more.
    return jnp.where(jax.random.bernoulli(second, 0.25, (len(images), 1, 1, 1)), seen, both)


def _worst(network: Network, images: jax.Array, labels: jax.Array, hidden: jax.Array) -> jax.Array:
    """Of masks bool [m, n, 96, 96, 1], each image behind that with the highest loss."""
    cost = jax.lax.map(lambda h: loss(network(jnp.where(h, FILL, images)), labels), hidden)
    return jnp.where(hidden[jnp.argmax(cost, axis=0), jnp.arange(len(images))], FILL, images)


def _aims(labels: jax.Array, key: jax.Array) -> tuple[jax.Array, jax.Array]:
    keys, n = jax.random.split(key, 3), len(labels)
    other = (labels + jax.random.randint(keys[0], (n,), 1, len(CLASSES))) % len(CLASSES)
    other = jnp.where((labels == NONE) & jax.random.bernoulli(keys[1], 0.7, (n,)), CORRECT, other)
    away = jax.random.bernoulli(keys[2], 0.5, (n,))
    return jnp.where(away, labels, other), jnp.where(away, 1.0, -1.0)[:, None, None, None]


def _place(network: Network, images, aims, sign, side, content, tries: int, key: jax.Array) -> jax.Array:
    """Top left pixels int [n, 2]: of a few places, half of them where the loss is steep, that where the patch does most harm."""
    steep = jnp.abs(_slope(network, images, aims)).sum(axis=3)
    keys = jax.random.split(key, tries)
    corners = jnp.stack([_steepest(steep, side, k) if i < (tries + 1) // 2 else _anywhere(side, k) for i, k in enumerate(keys)])
    tried = lambda corner: loss(network(jnp.where(_inside(corner, side), _apply(content, corner), images)), aims)  # noqa: E731
    harm = jax.lax.map(tried, corners) * sign[None, :, 0, 0, 0]
    return corners[jnp.argmax(harm, axis=0), jnp.arange(len(images))]


def _steepest(slope: jax.Array, side: jax.Array, key: jax.Array) -> jax.Array:
    total = jnp.pad(jnp.cumsum(jnp.cumsum(slope, axis=1), axis=2), ((0, 0), (1, 0), (1, 0)))
    start = jnp.round((SIZE - side)[:, None] * jnp.linspace(0.0, 1.0, GRID)[None]).astype(jnp.int32)
    end = start + side[:, None].astype(jnp.int32)
    rows = jnp.take_along_axis(total, end[:, :, None], axis=1) - jnp.take_along_axis(total, start[:, :, None], axis=1)
    mass = jnp.take_along_axis(rows, end[:, None], axis=2) - jnp.take_along_axis(rows, start[:, None], axis=2)
    mass = mass.reshape(len(slope), -1)
    best = jnp.argmax(mass * jax.random.uniform(key, mass.shape, minval=0.5), axis=1)
    pick = jnp.stack([best // GRID, best % GRID], axis=1)
    return jnp.take_along_axis(start, pick, axis=1)


def _anywhere(side: jax.Array, key: jax.Array) -> jax.Array:
    return (jax.random.uniform(key, (len(side), 2)) * (SIZE - side + 1)[:, None]).astype(jnp.int32)


def _inside(corner: jax.Array, side: jax.Array) -> jax.Array:
    line, stop = jnp.arange(SIZE), corner + side[:, None].astype(jnp.int32)
    inside = (line >= corner[..., None]) & (line < stop[..., None])
    return (inside[:, 0, :, None] & inside[:, 1, None, :])[..., None]


def _apply(content: jax.Array, corner: jax.Array) -> jax.Array:
    """Patches in the picture's coordinates [n, 96, 96, 3]; right inside their squares only."""
    along = jnp.clip(jnp.arange(SIZE) - corner[..., None], 0, content.shape[1] - 1)
    rows = jnp.take_along_axis(content, along[:, 0, :, None, None], axis=1)
    return jnp.take_along_axis(rows, along[:, 1, None, :, None], axis=2)
