import cv2
import keras
import numpy as np
import pytest
import tensorflow as tf

from training import attacks
from training.fit.batches import chances


@pytest.fixture(scope="module")
def network() -> keras.Model:
    keras.utils.set_random_seed(4)
    return keras.Sequential(
        [keras.Input((16, 16, 3)), keras.layers.Conv2D(8, 3, 2, activation="relu"), keras.layers.Flatten(), keras.layers.Dense(3)]
    )


@pytest.fixture(scope="module")
def batch() -> tuple[tf.Tensor, tf.Tensor]:
    rng = np.random.default_rng(2)
    return tf.constant(rng.uniform(0, 1, (32, 16, 16, 3)).astype(np.float32)), tf.constant(rng.integers(0, 3, 32), tf.int32)


def mean_loss(network, images, labels) -> float:
    return float(tf.reduce_mean(attacks.loss(network(images), labels)))


def run(network, batch, eps, iterations, step=None):
    step = eps / 4 if step is None else step
    return attacks.pgd(network, *batch, tf.constant(eps), tf.constant(step), iterations, tf.constant([1, 2]))


@pytest.mark.parametrize("eps", [0.0, 2 / 255, 8 / 255, 0.5])
def test_pgd_stays_in_the_ball_and_in_range(network, batch, eps):
    changed = run(network, batch, eps, 10)
    assert float(tf.reduce_max(tf.abs(changed - batch[0]))) <= eps + 1e-6
    assert float(tf.reduce_min(changed)) >= 0
    assert float(tf.reduce_max(changed)) <= 1


def test_loss_rises_with_attack_iterations_and_radius(network, batch):
    eps = 4 / 255
    clean = mean_loss(network, *batch[:1], batch[1])
    single = mean_loss(network, attacks.fgsm(network, *batch, tf.constant(eps)), batch[1])
    steps = [mean_loss(network, run(network, batch, eps, n), batch[1]) for n in (0, 1, 5, 20)]
    radii = [mean_loss(network, run(network, batch, r / 255, 20), batch[1]) for r in (1, 2, 4, 8)]
    assert clean < single
    assert steps == sorted(steps)
    assert radii == sorted(radii)
    assert steps[-1] >= single - 1e-4, "iterative must be no weaker than single-step"


def test_the_random_start_depends_on_the_seed_only(network, batch):
    np.testing.assert_array_equal(run(network, batch, 0.1, 0), run(network, batch, 0.1, 0))
    other = attacks.pgd(network, *batch, tf.constant(0.1), tf.constant(0.0), 0, tf.constant([9, 2]))
    assert float(tf.reduce_max(tf.abs(other - run(network, batch, 0.1, 0)))) > 0.05


def test_median3_equals_opencv_and_sends_the_gradient_to_the_median():
    rng = np.random.default_rng(3)
    image = rng.integers(0, 256, (1, 21, 17, 3), np.uint8)
    x = tf.constant(image.astype(np.float32))
    np.testing.assert_array_equal(attacks.median3(x)[0].numpy(), cv2.medianBlur(image[0], 3))
    x = tf.constant(rng.permutation(21 * 17).reshape(1, 21, 17, 1).astype(np.float32))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = attacks.median3(x)
    got = tape.gradient(y, x).numpy()
    where = {v: i for i, v in enumerate(x.numpy().ravel())}
    want = np.zeros(x.shape).ravel()
    for value in y.numpy().ravel():
        want[where[value]] += 1
    np.testing.assert_array_equal(got.ravel(), want)


def test_one_folder_of_frames_does_not_outweigh_many_people():
    sources = ["webcam"] * 500 + ["photos"] * 100
    groups = ["one"] * 500 + [str(i) for i in range(100)]
    share = chances(sources, groups, {})
    assert share.sum() == pytest.approx(1)
    assert share[:500].sum() == pytest.approx(1 / 11)
    assert chances(sources, groups, {"photos": 0.1})[:500].sum() == pytest.approx(0.5)
    # Nine frames of one person count three times a single picture of another.
    assert chances(["webcam"] * 10, ["a"] * 9 + ["b"], {})[-1] == pytest.approx(1 / 4)
