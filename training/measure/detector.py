"""The feature-squeezing detector: threshold from val, false alarms and detection of attacks on test, static and adaptive."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from training import attacks
from training.defense import squeeze
from training.measure.context import Context, in_batches

RATES = (0.01, 0.02, 0.05, 0.10)
RADII = (4, 8)
WEIGHTS = (0.5, 2.0)
VISIT = 10  # classified frames of a person, one a second
DAY = 24 * 60 * 60
ITERATIONS = 20


def measure(context: Context) -> dict:
    """Thresholds and what they give; attacks on the sample count where they changed a right answer."""
    logits_of = context.subject.logits("alone")
    on_val = squeeze.scores(logits_of, context.val.images)
    on_test = squeeze.scores(logits_of, context.test.images)
    limits = {rate: squeeze.threshold(on_val, rate) for rate in RATES}
    limit = limits[squeeze.FALSE_POSITIVE_RATE]
    return {
        "bits": squeeze.BITS,
        "window": 3,
        "false_positive_rate": squeeze.FALSE_POSITIVE_RATE,
        "threshold": limit,
        "shipped": context.subject.manifest.get("squeezing"),
        "legitimate": [
            {"aimed_rate": rate, "threshold": v, "test": squeeze.proportion(int((on_test > v).sum()), len(on_test))}
            for rate, v in limits.items()
        ],
        "static": [_static(context, radius, limits) for radius in RADII],
        "adaptive": [_adaptive(context, radius, limit) for radius in RADII],
        "alarms_per_camera_day": _alarms(context, on_test > limit),
    }


def _static(context: Context, radius: int, limits: dict[float, float]) -> dict:
    """PGD that does not know of the detector: share flagged of the wrong answers, at each threshold (its ROC)."""
    crops, network = context.sampled, context.subject.network("alone")
    eps, iterations = radius / 255, context.effort.count(ITERATIONS, 2)
    run = tf.function(lambda x, y, seed: attacks.pgd(network, x, y, eps, eps / 4, iterations, seed), reduce_retracing=True)
    attacked = in_batches(run, context.seed, crops.images, crops.labels)
    before, after = (context.subject.answers("alone", x) for x in (crops.images, attacked))
    won = (before == crops.labels) & (after != crops.labels)
    found = squeeze.scores(context.subject.logits("alone"), attacked)[won]
    return {
        "attack": f"PGD-{iterations}",
        "eps255": radius,
        "detected": [{"aimed_rate": rate, **squeeze.proportion(int((found > v).sum()), len(found))} for rate, v in limits.items()],
    }


def _adaptive(context: Context, radius: int, limit: float) -> dict:
    """Attacks that also avoid the detector, with several weights: the share of right answers made wrong without an alarm."""
    crops, network = context.sampled, context.subject.network("alone")
    logits_of, iterations = context.subject.logits("alone"), context.effort.count(ITERATIONS, 2)
    eps = tf.constant(radius / 255, tf.float32)

    @tf.function(reduce_retracing=True)
    def run(x: tf.Tensor, y: tf.Tensor, weight: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        return squeeze.adaptive(network, x, y, eps, eps / 4, iterations, tf.constant(limit, tf.float32), weight[0], seed)

    right = context.subject.answers("alone", crops.images) == crops.labels
    wrong, silent, by_weight = np.zeros(len(crops), bool), np.zeros(len(crops), bool), {}
    for weight in WEIGHTS:
        left = np.flatnonzero(right & ~silent)
        weights = np.full(len(left), weight, np.float32)
        attacked = in_batches(run, context.seed, crops.images[left], crops.labels[left], weights)
        lost = context.subject.answers("alone", attacked) != crops.labels[left]
        wrong[left] |= lost
        quiet = lost & ~(squeeze.scores(logits_of, attacked) > limit)
        silent[left] |= quiet
        by_weight[str(weight)] = int(quiet.sum())
    return {
        "attack": f"PGD-{iterations} on margin - weight x score, weights {', '.join(map(str, WEIGHTS))}",
        "eps255": radius,
        "wrong": squeeze.proportion(int(wrong.sum()), int(right.sum())),
        "wrong_and_silent": squeeze.proportion(int(silent.sum()), int(right.sum())),
        "detected": squeeze.proportion(int((wrong & ~silent).sum()), int(wrong.sum())),
        "newly_silent_by_weight": by_weight,
    }


def _alarms(context: Context, flagged: np.ndarray) -> dict:
    """With one classified face a second all day: alarms for each number of flagged frames of a person that make one."""
    rows = []
    for votes in range(1, VISIT + 1):
        days = squeeze.alarms_per_day(flagged, context.test.groups, votes, VISIT, DAY // VISIT, context.rng())
        low, high = np.percentile(days, (2.5, 97.5))
        rows.append({"votes": votes, "alarms": round(float(days.mean()), 2), "interval95": [float(low), float(high)]})
    return {"frames_per_person": VISIT, "faces_per_second": 1, "without_vote": round(float(flagged.mean() * DAY)), "rows": rows}
