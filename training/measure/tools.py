"""Our FGSM, PGD and C&W against those of ART and Foolbox, on crops of `val`.

The same images, radii, steps and restarts for all three. They agree when robust accuracies are within 2 points of ours,
and median L2 distances of C&W within 10 %.
"""

from __future__ import annotations

from importlib.metadata import version

import foolbox
import numpy as np
import tensorflow as tf
from art.attacks.evasion import CarliniL2Method, FastGradientMethod, ProjectedGradientDescent
from art.estimators.classification import TensorFlowV2Classifier

from training.attacks import Network, calls, linf
from training.attacks.carlini import carlini_l2
from training.data import DataError
from training.measure import crops
from training.measure.context import Context
from training.net.model import CLASSES

EPS, ITERATIONS = 2 / 255, 20  # step eps / 4, one random start
CONFIDENCE, STEPS, SEARCHES, RATE, CONSTANT = 0.0, 100, 6, 0.01, 1.0
CARLINI_IMAGES = 12  # ART's C&W takes seconds for each
EACH = 40  # crops of each class
POINTS, SHARE = 0.02, 0.10  # most that accuracies and distances may differ


def compare(
    network: Network, images: np.ndarray, labels: np.ndarray, seed: int = 1, carlini_images: int | None = None, steps: int | None = None
) -> dict:
    """Robust accuracies and median distances by tool, of images [n, h, w, 3] float32 that the network classifies right, and `agree`.

    carlini_images, steps: images that C&W is run on and its steps, CARLINI_IMAGES and STEPS by default.
    """
    steps = STEPS if steps is None else steps
    right = calls.labels_of(network, images) == labels
    images, labels = images[right], labels[right].astype(np.int32)
    if not len(images):
        raise DataError("the network answers none of the images right: there is nothing to attack")
    few = np.linspace(0, len(images) - 1, min(carlini_images or CARLINI_IMAGES, len(images))).astype(int)
    tools = {
        "ours": _ours(network, seed, steps),
        "art": _art(network, images.shape[1:], seed, steps),
        "foolbox": _foolbox(network, seed, steps),
    }
    accuracy: dict[str, dict] = {"fgsm": {}, "pgd": {}}
    distance: dict[str, float | None] = {}
    success: dict[str, float] = {}
    for tool, attacks in tools.items():
        for name in accuracy:
            attacked = attacks[name](images, labels)
            accuracy[name][tool] = round(float(np.mean(calls.labels_of(network, attacked) == labels)), 4)
        attacked = attacks["carlini"](images[few], labels[few])
        won = calls.labels_of(network, attacked) != labels[few]
        sizes = np.sqrt(((attacked - images[few]) ** 2).sum((1, 2, 3)))[won]
        distance[tool], success[tool] = round(float(np.median(sizes)), 4) if won.any() else None, round(float(won.mean()), 4)
    gaps = {name: round(max(abs(v - of["ours"]) for v in of.values()), 4) for name, of in accuracy.items()}
    # Where a tool turned nothing there is no distance to compare.
    gaps["carlini"] = round(max(abs(v / distance["ours"] - 1) for v in distance.values()), 4) if all(success.values()) else None
    return {
        "images": len(images),
        "carlini_images": len(few),
        "versions": {"art": version("adversarial-robustness-toolbox"), "foolbox": version("foolbox")},
        "settings": {
            "eps255": round(255 * EPS, 2),
            "pgd": {"iterations": ITERATIONS, "step": "eps/4", "restarts": 1},
            "carlini": {"steps": steps, "binary_steps": SEARCHES, "rate": RATE, "initial_const": CONSTANT, "confidence": CONFIDENCE},
        },
        "robust_accuracy": accuracy,
        "carlini_median_l2": distance,
        "carlini_success": success,
        "largest_difference": gaps,
        "allowed": {"fgsm": POINTS, "pgd": POINTS, "carlini": SHARE},
        "agree": gaps["fgsm"] <= POINTS and gaps["pgd"] <= POINTS and gaps["carlini"] is not None and gaps["carlini"] <= SHARE,
    }


def _ours(network: Network, seed: int, steps: int) -> dict:
    def in_batches(attack, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        run = tf.function(attack, reduce_retracing=True)
        starts = range(0, len(x), calls.BATCH)
        return np.concatenate([run(tf.constant(x[i : i + calls.BATCH]), tf.constant(y[i : i + calls.BATCH])).numpy() for i in starts])

    eps, key = tf.constant(EPS, tf.float32), tf.constant([seed, 0], tf.int32)
    return {
        "fgsm": lambda x, y: in_batches(lambda a, b: linf.fgsm(network, a, b, eps), x, y),
        "pgd": lambda x, y: in_batches(lambda a, b: linf.pgd(network, a, b, eps, eps / 4, ITERATIONS, key), x, y),
        "carlini": lambda x, y: carlini_l2(network, x, y, CONFIDENCE, steps, SEARCHES, RATE, CONSTANT),
    }


def _art(network: Network, shape: tuple[int, ...], seed: int, steps: int) -> dict:
    np.random.seed(seed)  # noqa: NPY002 - ART draws from NumPy's global generator
    call = tf.function(network, input_signature=[tf.TensorSpec([None, *shape], tf.float32)])
    entropy = tf.keras.losses.CategoricalCrossentropy(from_logits=True)
    classifier = TensorFlowV2Classifier(
        model=lambda x, training=False: call(tf.cast(x, tf.float32)),
        nb_classes=len(CLASSES),
        input_shape=shape,
        loss_object=entropy,
        clip_values=(0.0, 1.0),
    )
    common = {"estimator": classifier, "norm": np.inf, "eps": EPS, "batch_size": calls.BATCH}
    fgsm = FastGradientMethod(**common)
    pgd = ProjectedGradientDescent(**common, eps_step=EPS / 4, max_iter=ITERATIONS, num_random_init=1, verbose=False)
    carlini = CarliniL2Method(
        classifier,
        CONFIDENCE,
        learning_rate=RATE,
        binary_search_steps=SEARCHES,
        max_iter=steps,
        initial_const=CONSTANT,
        batch_size=calls.BATCH,
        verbose=False,
    )
    return {name: lambda x, y, a=attack: a.generate(x, y) for name, attack in (("fgsm", fgsm), ("pgd", pgd), ("carlini", carlini))}


def _foolbox(network: Network, seed: int, steps: int) -> dict:
    tf.random.set_seed(seed)
    model = foolbox.TensorFlowModel(tf.function(network, reduce_retracing=True), bounds=(0, 1), device="/CPU:0")
    carlini = foolbox.attacks.L2CarliniWagnerAttack(SEARCHES, steps, RATE, CONFIDENCE, CONSTANT)
    attacks = {
        "fgsm": (foolbox.attacks.LinfFastGradientAttack(), {"epsilon": EPS}),
        "pgd": (foolbox.attacks.LinfPGD(rel_stepsize=0.25, steps=ITERATIONS), {"epsilon": EPS}),
        "carlini": (carlini, {}),
    }

    def run(attack, radius: dict):
        # int64, as its argmax: where types differ its eagerpy calls what NumPy 2 no longer has.
        return lambda x, y: attack.run(model, tf.constant(x), tf.constant(y, tf.int64), **radius).numpy()

    return {name: run(*of) for name, of in attacks.items()}


def measure(context: Context) -> dict:
    """compare() of the network alone, on at most EACH crops of each class."""
    kept = crops.stratified(context.val.labels, min(EACH, 2 * context.effort.sample), context.seed)
    chosen = context.val.take(kept)
    few = min(CARLINI_IMAGES, context.effort.sample)
    # The small runs of the tests need no minimum: they see only that the three run.
    steps = STEPS if context.effort.factor > 0.1 else 2
    return compare(context.subject.network("alone"), chosen.images, chosen.labels, context.seed, few, steps)
