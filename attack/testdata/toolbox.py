"""The same attacks by the Adversarial Robustness Toolbox, on the same SavedModel and images: toolbox.py FOLDER.

FOLDER has settings.json, images and others (float32 [n, 96, 96, 3]), all written by art_test.go; others are what one patch is to turn
to class 0. For each attack the attacked images are written into FOLDER under the attack's name, and the versions used are printed.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import art
import numpy as np
import tensorflow as tf
from art.attacks.evasion import AdversarialPatchNumpy, BasicIterativeMethod, CarliniL2Method, FastGradientMethod, ProjectedGradientDescent
from art.estimators.classification import TensorFlowV2Classifier

SIZE, CLASSES, BATCH = 96, 3, 32


class SquarePatch(AdversarialPatchNumpy):
    """ART's patch, square in place of round."""

    def _get_circular_patch_mask(self, sharpness: int = 40) -> np.ndarray:
        return np.ones(self.patch_shape, np.float32)

    def reset_patch(self, initial_patch_value: float | np.ndarray | None) -> None:
        # ART 1.20 asks for a float, and for clip values in float32 gives itself none.
        super().reset_patch(None if np.ndim(initial_patch_value) == 0 else initial_patch_value)


def entropy(labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Mean cross-entropy in double precision: in single, certain answers lose the digits that decide a sign. Keras' own is in single."""
    labels, logits = tf.cast(labels, tf.float64), tf.cast(logits, tf.float64)
    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels, logits))


def classifier(folder: str) -> TensorFlowV2Classifier:
    """ART's estimator on the SavedModel's two signatures."""
    loaded = tf.saved_model.load(folder)
    logits, vjp = loaded.signatures["serving_default"], loaded.signatures["vjp"]

    @tf.custom_gradient
    def network(x: tf.Tensor):
        return logits(image=x)["logits"], lambda upstream: vjp(x=x, cotangent=upstream)["gradient"]

    network.owner = loaded  # the variables live as long as what they are loaded from
    return TensorFlowV2Classifier(
        model=lambda x, training=False: network(tf.cast(x, tf.float32)),
        nb_classes=CLASSES,
        input_shape=(SIZE, SIZE, 3),
        loss_object=entropy,
        clip_values=(0.0, 1.0),
    )


def patched(network: TensorFlowV2Classifier, x: np.ndarray, side: int, row: int, col: int, steps: int, rate: float) -> np.ndarray:
    """The images with ART's patch for all of them at one place, which is to turn them to class 0."""
    middle = np.zeros((1, SIZE, SIZE), bool)
    # ART puts the scaled patch in the middle, then moves it by what this place is from the middle of the image.
    middle[0, row - (SIZE - side) // 2 + SIZE // 2, col - (SIZE - side) // 2 + SIZE // 2] = True
    attack = SquarePatch(
        network,
        rotation_max=0.0,
        scale_min=side / SIZE,
        scale_max=side / SIZE,
        learning_rate=float(rate),
        max_iter=steps,
        batch_size=len(x),
        verbose=False,
    )
    attack.generate(x, np.zeros(len(x), int), mask=middle)
    return attack.apply_patch(x, side / SIZE, mask=middle)


def main(folder: Path) -> None:
    """Runs every attack of the settings."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    x, others = (np.fromfile(folder / name, np.float32).reshape(-1, SIZE, SIZE, 3) for name in ("images", "others"))
    labels, targets = np.array(settings["labels"]), np.array(settings["targets"])
    network = classifier(settings["savedmodel"])
    few = settings["few"]
    np.random.seed(1)  # noqa: NPY002 - ART draws from NumPy's global generator
    linf = {"norm": np.inf, "eps": settings["eps"], "batch_size": BATCH}
    bim = {**linf, "eps_step": settings["step"], "max_iter": settings["iterations"], "verbose": False}
    bim.pop("norm")
    pgd = {**bim, "norm": np.inf, "num_random_init": settings["restarts"]}
    carlini = CarliniL2Method(network, batch_size=BATCH, verbose=False, **settings["carlini"])
    runs = {
        "fgsm": lambda: FastGradientMethod(network, **linf).generate(x, labels),
        "fgsm-targeted": lambda: FastGradientMethod(network, targeted=True, **linf).generate(x, targets),
        "bim": lambda: BasicIterativeMethod(network, **bim).generate(x, labels),
        "bim-targeted": lambda: BasicIterativeMethod(network, targeted=True, **bim).generate(x, targets),
        "pgd": lambda: ProjectedGradientDescent(network, **pgd).generate(x, labels),
        "carlini": lambda: carlini.generate(x[:few], labels[:few]),
        "patch": lambda: patched(network, others, **settings["patch"]),
    }
    for name in settings["attacks"]:
        start = time.process_time()
        runs[name]().astype(np.float32).tofile(folder / name)
        print(f"{name} {time.process_time() - start:.1f} s,", end=" ")
    print("ART", art.__version__, "TensorFlow", tf.__version__)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
