"""The worst case of many attacks for each image and radius, for three classes: what AutoAttack is for ten.

AutoAttack's standard set needs four classes, so this is not it: APGD on cross-entropy and on the three-class DLR, APGD toward
both wrong classes on cross-entropy and on the margin, FAB-T toward both, Square and RayS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from training.attacks import calls
from training.attacks.apgd import apgd
from training.attacks.fab import fab
from training.attacks.hard_label import rays
from training.attacks.losses import Network
from training.attacks.square import square
from training.net.model import CLASSES

CORRECT, NONE = CLASSES.index("correct"), CLASSES.index("none")
TOLERANCE = 1e-6  # rounding of float32 pixels in a distance


@dataclass(frozen=True)
class Effort:
    """How long each attack tries; the defaults are section 4.3's of the project's robustness reference.

    restarts are the runs of every APGD attack. An attack with 0 iterations or queries is left out.
    """

    ce: int = 100
    restarts: int = 5
    dlr: int = 100
    targeted_ce: int = 100
    targeted_cw: int = 100
    fab: int = 100
    square: int = 5000
    rays: int = 5000


@dataclass
class WorstCase:
    """What the attacks left standing, images n and radii e.

    eps: the radii, rising. clean: bool [n], right without an attack. survived: bool [e, n], right under all of them; an image
    broken at one radius is broken at every larger one. to_correct: bool [e, n], images of class none that were called correct.
    examples: float32 [e, n, h, w, 3], the image that broke each, or the image itself. For each attack and radius: successes,
    the images it broke that none before it had; attempts, those it was tried on at that radius (what it finds counts at every
    radius it lies within).
    """

    eps: list[float]
    clean: np.ndarray
    survived: np.ndarray
    to_correct: np.ndarray
    examples: np.ndarray
    successes: dict[str, list[int]] = field(default_factory=dict)
    attempts: dict[str, list[int]] = field(default_factory=dict)

    def accuracy(self) -> list[float]:
        """Share of all images that survived each radius."""
        return [float(np.mean(row)) for row in self.survived]


def worst_case(
    network: Network,
    images: np.ndarray,
    labels: np.ndarray,
    eps: Sequence[float],
    effort: Effort = Effort(),
    seed: int = 1,
    backward: Mapping[str, Network] = MappingProxyType({}),
    logits_of: Callable[[np.ndarray], np.ndarray] | None = None,
    progress: Callable[[str], None] = lambda text: None,
    given: Mapping[str, np.ndarray] = MappingProxyType({}),
) -> WorstCase:
    """Attacks float32 images [n, h, w, 3] with int32 labels [n] at each radius, weak and cheap attacks first.

    backward: named networks of the same answers with other gradients, or surrogates to transfer from, that the white-box attacks
    also go through; `network` alone decides what succeeded. logits_of: NumPy logits for the black-box attacks, by default network's.
    given: named images [e, n, h, w, 3] that are tried before all, such as what broke a similar network.
    Only images that still stand are attacked on. Images of class none are first driven to `correct`, so that their
    number does not depend on which wrong class comes first. Raises ValueError for radii that do not rise.
    """
    if list(eps) != sorted(set(eps)) or not eps or eps[0] <= 0:
        raise ValueError(f"eps is {list(eps)}: radii above 0, each larger than the one before, are needed")
    run = _Run(network, images, labels, list(eps), progress)
    scores = logits_of or (lambda x: calls.logits(network, x))
    for level, radius in enumerate(eps):
        run.level = level
        for name, examples in given.items():
            run.attempt(_Attack(name, lambda at, of=examples[level]: of[at], np.full(len(labels), CORRECT)), name)
        for suffix, source in {"": network, **{f" via {name}": other for name, other in backward.items()}}.items():
            for attack in _white_box(source, images, labels, radius, effort, seed, level == 0):
                run.attempt(attack, attack.name + suffix)
        for attack in _black_box(scores, images, labels, radius, effort, seed):
            run.attempt(attack, attack.name)
    return run.result


@dataclass(frozen=True)
class _Attack:
    """run takes the indices of the images to try and returns its images for them; aim is the class each is driven to."""

    name: str
    run: Callable[[np.ndarray], np.ndarray]
    aim: np.ndarray | None = None


def _white_box(
    network: Network, images: np.ndarray, labels: np.ndarray, eps: float, effort: Effort, seed: int, first: bool
) -> Iterator[_Attack]:
    def steps(name: str, loss: str, iterations: int, aim: np.ndarray | None = None) -> Iterator[_Attack]:
        def run(at: np.ndarray) -> np.ndarray:
            return apgd(network, images[at], labels[at], eps, loss, iterations, effort.restarts, seed, calls.take(aim, at))

        if iterations:
            yield _Attack(name, run, aim)

    # The first other class of none is correct (CLASSES taken as a ring).
    aims = [((labels + shift) % len(CLASSES)).astype(np.int32) for shift in (1, 2)]
    yield from steps("APGD-T CE 1", "ce", effort.targeted_ce, aims[0])
    yield from steps("APGD-T CW 1", "cw", effort.targeted_cw, aims[0])
    yield from steps("APGD-CE", "ce", effort.ce)
    yield from steps("APGD-DLR", "dlr", effort.dlr)
    yield from steps("APGD-T CE 2", "ce", effort.targeted_ce, aims[1])
    yield from steps("APGD-T CW 2", "cw", effort.targeted_cw, aims[1])
    # FAB-T seeks the least distance, which holds for every radius, so once is enough.
    if first and effort.fab:
        for i, aim in enumerate(aims, 1):
            yield _Attack(f"FAB-T {i}", lambda at, a=aim: fab(network, images[at], labels[at], eps, effort.fab, 1, seed, a[at]), aim)


def _black_box(
    scores: Callable[[np.ndarray], np.ndarray], images: np.ndarray, labels: np.ndarray, eps: float, effort: Effort, seed: int
) -> Iterator[_Attack]:
    if effort.square:
        yield _Attack("Square", lambda at: square(scores, images[at], labels[at], eps, effort.square, seed))
    if effort.rays:
        yield _Attack("RayS", lambda at: rays(lambda x: np.argmax(scores(x), axis=1), images[at], labels[at], eps, effort.rays, seed))


class _Run:
    """The state of worst_case: which images stand at which level, and which attack broke what."""

    def __init__(self, network: Network, images: np.ndarray, labels: np.ndarray, eps: list[float], progress: Callable[[str], None]):
        self.network, self.images, self.labels, self.progress, self.level = network, images, labels, progress, 0
        guesses = calls.labels_of(network, images)
        clean = guesses == labels
        count = len(eps)
        self.unmasked = labels == NONE
        called = self.unmasked & (guesses == CORRECT)
        self.result = WorstCase(eps, clean, np.tile(clean, (count, 1)), np.tile(called, (count, 1)), np.repeat(images[None], count, axis=0))

    def attempt(self, attack: _Attack, name: str) -> None:
        """Runs an attack on the images that it may still add to."""
        result, level = self.result, self.level
        tried_on = result.survived[level].copy()
        if attack.aim is not None:
            tried_on |= self.unmasked & (attack.aim == CORRECT) & ~result.to_correct[level]
        at = np.flatnonzero(tried_on)
        tried = result.attempts.setdefault(name, [0] * len(result.eps))
        broke = result.successes.setdefault(name, [0] * len(result.eps))
        tried[level] += len(at)
        if not len(at):
            return
        found = attack.run(at)
        guesses = calls.labels_of(self.network, found)
        distance = np.abs(found - self.images[at]).reshape(len(at), -1).max(axis=1)
        for i, radius in enumerate(result.eps):
            within = (guesses != self.labels[at]) & (distance <= radius + TOLERANCE)
            new = at[within & result.survived[i, at]]
            broke[i] += len(new)
            result.survived[i, new] = False
            result.examples[i, new] = found[within & np.isin(at, new)]
            result.to_correct[i, at[within & self.unmasked[at] & (guesses == CORRECT)]] = True
        self.progress(f"eps {255 * result.eps[level]:g}/255: {name}: {len(at)} tried, {int(result.survived[level].sum())} stand")
