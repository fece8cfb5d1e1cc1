"""Against the field's own tools, on a tiny net."""

import numpy as np
import tensorflow as tf
from art.attacks.evasion import BasicIterativeMethod, FastGradientMethod
from art.estimators.classification import TensorFlowV2Classifier

from training import crosscheck
from training.attacks import calls, linf
from training.attacks.carlini import carlini_l2
from training.measure import tools


def art(victim) -> TensorFlowV2Classifier:
    return TensorFlowV2Classifier(
        model=lambda x, training=False: victim.network(tf.cast(x, tf.float32)),
        nb_classes=3,
        input_shape=(24, 24, 3),
        loss_object=tf.keras.losses.CategoricalCrossentropy(from_logits=True),
        clip_values=(0.0, 1.0),
    )


def test_fgsm_and_bim_equal_art(victim):
    eps = 4 / 255
    fgsm = FastGradientMethod(art(victim), eps=eps).generate(victim.images, victim.labels)
    bim = BasicIterativeMethod(art(victim), eps=eps, eps_step=eps / 4, max_iter=8, verbose=False).generate(victim.images, victim.labels)
    x, y = tf.constant(victim.images), tf.constant(victim.labels)
    np.testing.assert_allclose(linf.fgsm(victim.network, x, y, eps), fgsm, atol=1e-5)
    np.testing.assert_allclose(linf.bim(victim.network, x, y, eps, eps / 4, 8), bim, atol=1e-5)


def test_carlini_breaks_all_with_ever_less_and_reaches_targets(victim):
    def attack(steps: int, searches: int, targets=None) -> np.ndarray:
        return carlini_l2(victim.network, victim.images, victim.labels, 0.0, steps, searches, 0.01, 1.0, targets)

    sizes = []
    for steps, searches in ((30, 1), (30, 5), (90, 5)):
        found = attack(steps, searches)
        assert victim.accuracy(found) == 0
        assert found.min() >= 0
        assert found.max() <= 1
        sizes.append(float(np.median(np.sqrt(((found - victim.images) ** 2).sum((1, 2, 3))))))
    assert sizes == sorted(sizes, reverse=True)
    assert victim.hits(attack(60, 5, victim.others)) == 1


def test_a_confident_carlini_leaves_a_margin(victim):
    found = carlini_l2(victim.network, victim.images, victim.labels, 1.0, 60, 5, 0.01, 1.0)
    logits = np.sort(calls.logits(victim.network, found), axis=1)
    assert (logits[:, 2] - logits[:, 1] >= 1 - 1e-3).all()


def test_the_tools_agree(victim, monkeypatch):
    for name, value in {"EPS": 12 / 255, "STEPS": 60, "SEARCHES": 4, "CARLINI_IMAGES": 4}.items():
        monkeypatch.setattr(tools, name, value)
    result = tools.compare(victim.network, victim.images, victim.labels)
    assert result["robust_accuracy"]["fgsm"]["ours"] < 1
    assert result["robust_accuracy"]["fgsm"]["ours"] == result["robust_accuracy"]["fgsm"]["art"]
    assert set(result["carlini_median_l2"]) == {"ours", "art", "foolbox"}
    assert result["agree"], crosscheck.table(result)
