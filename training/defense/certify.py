"""PatchCleanser (Xiang et al. 2022, arXiv:2108.09135): double masking, its certificate, and certified detection.

Masks cover every place that a square patch of a stated side can have (`masking.masks`). They are put on the raw model-input
pixels, before any smoothing, so that smoothing is part of the classifier and a patch does not grow.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from training.defense import masking
from training.net.model import CLASSES

Logits = Callable[[np.ndarray], np.ndarray]  # float32 [n, s, s, 3] in [0, 1] to [n, 3]
CHUNK = 256  # masked images held at once
CORRECT = CLASSES.index("correct")


def views(logits_of: Logits, images: np.ndarray, where: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Logits [m, 3] of m views; where int [m, 3]: the image, one mask and another (or the same) of each."""
    parts = []
    # Rows of pixels as one long axis: many times faster than a mask that is stretched over three channels.
    hidden = np.repeat(masks, 3, axis=2)
    for i in range(0, len(where), CHUNK):
        image, one, two = where[i : i + CHUNK].T
        seen = images[image]
        np.copyto(seen.reshape(len(seen), *hidden.shape[1:]), np.float32(masking.FILL), where=hidden[one] | hidden[two])
        parts.append(logits_of(seen))
    return np.concatenate(parts) if parts else np.zeros((0, len(CLASSES)), np.float32)


def one_mask(logits_of: Logits, images: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Logits [n, M, 3] of each image behind each mask."""
    count = len(masks)
    image, one = (a.ravel() for a in np.meshgrid(np.arange(len(images)), np.arange(count), indexing="ij"))
    return views(logits_of, images, np.stack([image, one, one], 1), masks).reshape(len(images), count, len(CLASSES))


def proved(logits_of: Logits, images: np.ndarray, one: np.ndarray, masks: np.ndarray, step: int = 32) -> tuple[np.ndarray, np.ndarray]:
    """What one-mask and two-mask views prove of each image: the one label that all have, or -1, int [n]; and whether none of them says
    `correct`, bool [n], so that no patch makes the answer of `infer` `correct`, whichever of the other labels it has.

    one: answer [n, M] behind each mask. It stops where nothing is left to be proved of an image; `step` pairs are asked at once.
    """
    label, never = np.where((one == one[:, :1]).all(axis=1), one[:, 0], -1), (one != CORRECT).all(axis=1)
    table = np.stack(np.triu_indices(len(masks), 1), axis=1)
    for i in range(0, len(table), step):
        alive, part = np.flatnonzero((label >= 0) | never), table[i : i + step]
        where = np.concatenate([np.repeat(alive, len(part))[:, None], np.tile(part, (len(alive), 1))], axis=1)
        got = views(logits_of, images, where, masks).argmax(axis=1).reshape(len(alive), len(part))
        label[alive[(got != label[alive, None]).any(axis=1)]] = -1
        never[alive[(got == CORRECT).any(axis=1)]] = False
    return label, never


def agreed(logits_of: Logits, images: np.ndarray, one: np.ndarray, masks: np.ndarray, step: int = 32) -> np.ndarray:
    """The one label that all one-mask and two-mask views of each image have, or -1, int [n]; see `proved`."""
    return proved(logits_of, images, one, masks, step)[0]


def infer(logits_of: Logits, images: np.ndarray, masks: np.ndarray, one: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Double-masking answers int [n] and the classifier passes that each took, int [n].

    Masks that disagree with the majority are tried in order; of labels with equally many masks the higher class index is the
    majority, as `none` is the safe answer. Where the majority says `correct` and no mask wins, the first one wins behind which all
    others deny `correct`, whichever label they give. one: the answers [n, M] of the first round, when they are known already.
    """
    count = len(masks)
    if one is None:
        one = one_mask(logits_of, images, masks).argmax(axis=2)
    votes = np.stack([(one == c).sum(axis=1) for c in range(len(CLASSES))], axis=1)
    answer = len(CLASSES) - 1 - votes[:, ::-1].argmax(axis=1)
    passes, settled = np.full(len(images), count), (one == answer[:, None]).all(axis=1)
    denied = np.full(len(images), -1)  # the label of the first mask behind which all others deny `correct`
    others = np.arange(count)
    for d in range(count):
        asked = np.flatnonzero(~settled & (one[:, d] != answer))
        where = np.stack([np.repeat(asked, count), np.full(len(asked) * count, d), np.tile(others, len(asked))], axis=1)
        got = views(logits_of, images, where, masks).argmax(axis=1).reshape(len(asked), count)
        passes[asked] += count
        won = asked[(got == one[asked, d, None]).all(axis=1)]
        answer[won], settled[won] = one[won, d], True
        first = asked[(got != CORRECT).all(axis=1) & (denied[asked] < 0)]
        denied[first] = one[first, d]
    fooled = ~settled & (answer == CORRECT) & (denied >= 0)
    return np.where(fooled, denied, answer), passes


def alarms(clean: np.ndarray, one: np.ndarray, tau: float) -> np.ndarray:
    """Detection's alarm, bool [n]: some masked view has another answer than the unmasked one with a confidence above tau.

    clean: probabilities [n, 3]; one: [n, M, 3].
    """
    differs = one.argmax(axis=2) != clean.argmax(axis=1)[:, None]
    return (differs & (one.max(axis=2) > tau)).any(axis=1)


def detection(clean: np.ndarray, one: np.ndarray, labels: np.ndarray, tau: float) -> np.ndarray:
    """Certified detection, bool [n]: no patch can change the answer without an alarm.

    The view that hides the patch is the clean one; right and above tau, it contradicts whatever wrong answer the patch forced.
    """
    sure = (one.argmax(axis=2) == labels[:, None]) & (one.max(axis=2) > tau)
    return (clean.argmax(axis=1) == labels) & sure.all(axis=1)


def silent(one: np.ndarray, target: int, tau: float) -> np.ndarray:
    """Where a patch might bring about the answer `target` without an alarm, bool [n]: an upper bound, from clean views."""
    return ((one.argmax(axis=2) == target) | (one.max(axis=2) <= tau)).any(axis=1)
