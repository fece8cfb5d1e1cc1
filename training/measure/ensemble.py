"""The worst case over the three-class ensemble of attacks.ensemble, by radius: as much effort through the median as without it."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from training.attacks import ensemble
from training.attacks.square import square
from training.measure import context as measuring
from training.measure.context import Context, eight_bits
from training.measure.score import CORRECT

# Of FAB, Square and RayS at full effort, what the time allows: the reference asks for 100 and 5,000.
FAB, SQUARE, RAYS = 15, 300, 200
BLACK_BOX = ("Square", "RayS")
LONG_RADIUS, LONG_QUERIES, LONG_IMAGES = 4, 5000, 30  # Square once more at length, on some survivors of this radius
BACKWARD = {"identity": "smoothed, identity"}  # gradients through the median besides its exact subgradient
GIVEN = "examples of the network alone"


def effort(of: measuring.Effort) -> ensemble.Effort:
    """What every variant is attacked with: APGD's steps and runs whole, the rest scaled."""
    fab, squares, rays = (of.count(full, 4) for full in (FAB, SQUARE, RAYS))
    return ensemble.Effort(of.apgd, of.restarts, of.apgd, of.apgd, of.apgd, fab, squares, rays)


def measure(context: Context, variant: str) -> dict:
    """Rows by radius, with what each attack broke that those before it had not; broken stays broken at larger radii.

    Through the median, what broke the network alone is tried first, so `alone` must be measured before.
    """
    crops, subject, radii = context.sampled, context.subject, context.effort.radii
    taken = effort(context.effort)
    alone = variant == "alone"
    found = ensemble.worst_case(
        subject.network(variant),
        crops.images,
        crops.labels,
        [radius / 255 for radius in radii],
        taken,
        context.seed,
        {} if alone else {name: subject.network(of) for name, of in BACKWARD.items()},
        subject.logits(variant),
        given={} if alone else {GIVEN: np.stack([context.kept("ensemble_alone", str(radius)) for radius in radii])},
    )
    clean = subject.answers(variant, crops.images)
    black_box = [
        {"eps255": r, "attack": a, "tried": context.number(found.attempts[a][i]), "newly_broken": context.number(found.successes[a][i])}
        for i, r in enumerate(radii)
        for a in BLACK_BOX
    ]
    if alone and LONG_RADIUS in radii:
        black_box.append(_at_length(context, found, radii.index(LONG_RADIUS)))
    rows = [{"eps255": 0, "broken_by": {}} | context.row(clean)]
    for i, radius in enumerate(radii):
        answers = np.where(found.survived[i], crops.labels, subject.answers(variant, found.examples[i]))
        answers = np.where(found.to_correct[i], CORRECT, answers)
        broken = {name: context.number(counts[i]) for name, counts in found.successes.items()}
        rows.append({"eps255": radius, "broken_by": broken} | context.row(answers, found.to_correct[i]))
    if alone:
        context.keep("ensemble_alone", **{str(radius): eight_bits(found.examples[i]) for i, radius in enumerate(radii)})
    backward = [] if alone else ["exact subgradient", *BACKWARD]
    return {"settings": asdict(taken), "backward": backward, "rows": rows, "black_box": black_box}


def _at_length(context: Context, found: ensemble.WorstCase, level: int) -> dict:
    """Square with its full number of queries on some survivors; what it breaks is broken from that radius on."""
    crops, radius = context.sampled, found.eps[level]
    most = -(-LONG_IMAGES // (context.block[1] if context.block else 1))
    tried = context.rng().permutation(np.flatnonzero(found.survived[level]))[:most]
    queries = context.effort.count(LONG_QUERIES, 4)
    attacked = square(context.subject.logits("alone"), crops.images[tried], crops.labels[tried], radius, queries, context.seed)
    won = tried[context.subject.answers("alone", attacked) != crops.labels[tried]]
    for i in range(level, len(found.eps)):
        # An image that fell at a larger radius keeps what broke it there.
        new = found.survived[i, tried] & np.isin(tried, won)
        found.examples[i, tried[new]], found.survived[i, tried[new]] = attacked[new], False
    name = f"Square, {queries} queries"
    found.successes[name] = [len(won) if i == level else 0 for i in range(len(found.eps))]
    return {
        "eps255": round(255 * radius),
        "attack": name,
        "tried": context.number(len(tried)),
        "newly_broken": context.number(len(won)),
    }
