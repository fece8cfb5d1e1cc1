"""The worst case over the three-class ensemble of attacks.ensemble, by radius; through the median with every backward pass."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from training.attacks import ensemble
from training.attacks.square import square
from training.measure.context import Context
from training.measure.score import CORRECT

# Iterations and queries of each attack at full effort: what the time allows, where the reference asks for 100 and 5,000.
FULL = {
    "alone": ensemble.Effort(20, 1, 20, 10, 10, 15, 300, 200),
    "smoothed": ensemble.Effort(10, 1, 10, 0, 6, 0, 100, 100),
}
BLACK_BOX = ("Square", "RayS")
LONG_RADIUS, LONG_QUERIES, LONG_IMAGES = 4, 5000, 30  # Square once more at length, on some survivors of this radius


def measure(context: Context, variant: str) -> dict:
    """Rows by radius, with what each attack broke that those before it had not; broken stays broken at larger radii."""
    crops, subject, radii = context.sampled, context.subject, context.effort.radii
    full = FULL[variant]
    scaled = {k: v and context.effort.count(v, 4) for k, v in asdict(full).items()} | {"restarts": full.restarts}
    backward = {} if variant == "alone" else {
        "the network alone": subject.network("alone"),
        "identity": subject.network("smoothed, identity"),
        "blur": subject.network("smoothed, blur"),
    }  # fmt: skip
    found = ensemble.worst_case(
        subject.network(variant),
        crops.images,
        crops.labels,
        [radius / 255 for radius in radii],
        ensemble.Effort(**scaled),
        context.seed,
        backward,
        subject.logits(variant),
    )
    clean = subject.answers(variant, crops.images)
    black_box = [
        {"eps255": radius, "attack": name, "tried": found.attempts[name][i], "newly_broken": found.successes[name][i]}
        for i, radius in enumerate(radii)
        for name in BLACK_BOX
    ]
    if variant == "alone" and LONG_RADIUS in radii:
        black_box.append(_at_length(context, found, radii.index(LONG_RADIUS)))
    rows = [{"eps255": 0, "broken_by": {}} | context.row(clean)]
    for i, radius in enumerate(radii):
        answers = np.where(found.survived[i], crops.labels, subject.answers(variant, found.examples[i]))
        answers = np.where(found.to_correct[i], CORRECT, answers)
        broken = {name: counts[i] for name, counts in found.successes.items()}
        rows.append({"eps255": radius, "broken_by": broken} | context.row(answers, found.to_correct[i]))
    return {"settings": scaled, "backward": ["exact subgradient", *backward] if backward else [], "rows": rows, "black_box": black_box}


def _at_length(context: Context, found: ensemble.WorstCase, level: int) -> dict:
    """Square with its full number of queries on some survivors; what it breaks is broken from that radius on."""
    crops, radius = context.sampled, found.eps[level]
    tried = context.rng().permutation(np.flatnonzero(found.survived[level]))[:LONG_IMAGES]
    queries = context.effort.count(LONG_QUERIES, 4)
    attacked = square(context.subject.logits("alone"), crops.images[tried], crops.labels[tried], radius, queries, context.seed)
    won = tried[context.subject.answers("alone", attacked) != crops.labels[tried]]
    for i in range(level, len(found.eps)):
        # An image that fell at a larger radius keeps what broke it there.
        new = found.survived[i, tried] & np.isin(tried, won)
        found.examples[i, tried[new]], found.survived[i, tried[new]] = attacked[new], False
    name = f"Square, {queries} queries"
    found.successes[name] = [len(won) if i == level else 0 for i in range(len(found.eps))]
    return {"eps255": round(255 * radius), "attack": name, "tried": len(tried), "newly_broken": len(won)}
