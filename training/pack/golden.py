"""Golden inputs that show no real person: noise from a seed, and averages of twelve people each (k-Same: Newton, Sweeney, Malin 2005)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from training import attacks, data
from training.draw import landmarks
from training.net.model import CLASSES, SIZE
from training.pack.lite import unit

SEEDS = (1, 2, 3, 4)  # of noise
LIGHTS = (0.35, 0.25)  # what the pixels of all golden inputs are multiplied with as well; pack/known.go has the same
SEED = 1  # of the averages: which crop of a group is taken, and which one an average begins with
K = 12  # people in an average
PEOPLE = 400  # of each class that averages are made from, as finding landmarks takes its time
FACES = 8  # averages kept of each class
SHARE = 2 / 3  # of an average's people that may come from one source, where others have enough
ALIKE = 0.85  # correlation of two small gray pictures from which on they may show one person; photos that two groups hold have 0.9 and more
CERTAIN = 0.5  # least lead of the right class's logit over the next
SIGMA, AMOUNT = 1.5, 1.2  # of the unsharp mask: pixels, and share of the detail added


@dataclass(frozen=True)
class Face:
    """An average: image uint8 RGB [96, 96, 3], its class, and how many people of which source it was made from."""

    image: np.ndarray
    label: str
    sources: dict[str, int]


def noise(seed: int) -> np.ndarray:
    """uint8 [96, 96, 3] of xorshift32 bytes (Marsaglia, 2003: 13, 17, 5); needs no file."""
    state = seed * 2654435761 % 2**32 or 1
    out = np.empty(SIZE * SIZE * 3, np.uint8)
    for i in range(out.size):
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
        out[i] = state >> 24
    return out.reshape(SIZE, SIZE, 3)


def dim(images: np.ndarray, light: float) -> np.ndarray:
    """The uint8 images with their pixels multiplied and rounded, halves up, as the self-test does."""
    return np.floor(images.astype(np.float64) * light + 0.5).astype(np.uint8)


def make(
    train: data.Split, networks: Sequence[attacks.Network], centerface: Path, cache: Path, margin: float, seed: int = SEED
) -> list[Face]:
    """Averages of `train`'s people, by class, at most FACES of each: those that all networks are the most certain of, and right.

    CenterFace finds each, as the self-test's detector is to find them.
    One crop of each group is used, of at most PEOPLE groups, in one average at most.
    cache: where landmarks are kept (see landmarks.find_all).
    """
    rng = np.random.default_rng(seed)
    chosen = _one_of_each_group(train, rng)
    images, labels, sources = train.images[chosen], train.labels[chosen], [train.sources[i] for i in chosen]
    points = landmarks.find_all(images, centerface, cache)
    found = np.flatnonzero(~np.isnan(points).any(axis=(1, 2)))
    if not len(found):
        return []
    frame = _frame(np.median(points[found], axis=0), margin)
    net, kept = cv2.dnn.readNetFromONNX(str(centerface)), []
    for label, name in enumerate(CLASSES):
        where = found[labels[found] == label]
        aligned = [align(images[i], points[i], frame) for i in where]
        people = clusters(np.array(aligned), [sources[i] for i in where], rng)
        faces = [Face(average([aligned[i] for i in c]), name, dict(Counter(sources[where[i]] for i in c))) for c in people]
        seen = [face for face in faces if not np.isnan(landmarks.find(net, face.image)).any()]
        kept += _certain(seen, label, networks)
    return kept


def align(image: np.ndarray, points: np.ndarray, frame: np.ndarray) -> np.ndarray:
    """uint8 [96, 96, 3]: the image turned, scaled and shifted so that its landmarks [5, 2] (shares) fall on frame [5, 2] (pixels).

    The similarity with least squares: w = a z + b of complex numbers.
    """
    z, w = (p[:, 0] + 1j * p[:, 1] for p in (points.astype(np.float64) * image.shape[1::-1], frame.astype(np.float64)))
    from_mean = z - z.mean()
    a = np.vdot(from_mean, w - w.mean()) / np.vdot(from_mean, from_mean)
    b = w.mean() - a * z.mean()
    matrix = np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag]])
    return cv2.warpAffine(image, matrix, (SIZE, SIZE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def clusters(aligned: np.ndarray, sources: list[str], rng: np.random.Generator, k: int = K) -> list[list[int]]:
    """Disjoint lists of k indices each: a random person and the nearest of those left, not all of one source, none ALIKE."""
    flat = aligned.reshape(len(aligned), -1).astype(np.float32)
    earlier = np.tril(likeness(aligned) >= ALIKE, -1).any(axis=1)
    free, found = np.flatnonzero(~earlier).tolist(), []
    while len(free) >= k:
        first = free[int(rng.integers(len(free)))]
        near = [free[i] for i in np.argsort(((flat[free] - flat[first]) ** 2).mean(axis=1), kind="stable")]
        left, chosen, taken = Counter(sources[i] for i in free), [], Counter()
        for i in near:
            most = max(int(k * SHARE), k - (len(free) - left[sources[i]]))
            if len(chosen) < k and taken[sources[i]] < most:
                chosen.append(i)
                taken[sources[i]] += 1
        found.append(chosen)
        free = [i for i in free if i not in set(chosen)]
    return found


def likeness(images: np.ndarray) -> np.ndarray:
    """Correlation [n, n] of uint8 images [n, h, w, 3], each made gray and 32x32."""
    if not len(images):
        return np.zeros((0, 0), np.float32)
    gray = [cv2.resize(cv2.cvtColor(i, cv2.COLOR_RGB2GRAY), (32, 32), interpolation=cv2.INTER_AREA) for i in images]
    flat = np.stack(gray).reshape(len(images), -1).astype(np.float32)
    flat -= flat.mean(axis=1, keepdims=True)
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)
    return flat @ flat.T


def average(images: Sequence[np.ndarray]) -> np.ndarray:
    """uint8 mean of the images, its detail and contrast brought back to what one of them has."""
    stack = np.stack(images).astype(np.float32)
    mean = stack.mean(axis=0)
    sharp = mean + AMOUNT * (mean - cv2.GaussianBlur(mean, (0, 0), SIGMA))
    gain = np.clip(stack.std(axis=(1, 2, 3)).mean() / max(sharp.std(), 1e-6), 1, 1.5)
    return np.clip(np.rint((sharp - sharp.mean()) * gain + sharp.mean()), 0, 255).astype(np.uint8)


def _certain(faces: list[Face], label: int, networks: Sequence[attacks.Network]) -> list[Face]:
    if not faces:
        return []
    images = unit(np.stack([f.image for f in faces]))
    leads = []
    for network in networks:
        for seen in (images, attacks.median3(images)):
            logits = np.asarray(network(seen))
            leads.append(logits[:, label] - np.delete(logits, label, axis=1).max(axis=1))
    lead = np.min(leads, axis=0)
    best = [i for i in np.argsort(-lead, kind="stable") if lead[i] >= CERTAIN]
    return [faces[i] for i in best[:FACES]]


def _one_of_each_group(train: data.Split, rng: np.random.Generator) -> np.ndarray:
    first: dict[tuple, int] = {}
    for i in rng.permutation(len(train)):
        first.setdefault((int(train.labels[i]), train.sources[i], train.groups[i]), int(i))
    chosen = np.array(list(first.values()))
    return np.sort(np.concatenate([chosen[train.labels[chosen] == label][:PEOPLE] for label in range(len(CLASSES))]))


def _frame(points: np.ndarray, margin: float) -> np.ndarray:
    """Where landmarks [5, 2] (shares of a stored crop) lie in the network's input, in pixels."""
    box = points * (1 + 2 * data.CROP_MARGIN) - data.CROP_MARGIN
    return (box + margin) / (1 + 2 * margin) * SIZE
