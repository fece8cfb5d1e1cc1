import numpy as np
import tensorflow as tf

from training.attacks.smoothing import median3, median3_identity


def pulled_back(smooth, x: tf.Tensor, upstream: tf.Tensor) -> np.ndarray:
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = smooth(x)
    return tape.gradient(y, x, output_gradients=upstream).numpy()


def test_answers_are_the_median_and_only_gradients_differ(rng):
    x = tf.constant(rng.random((2, 9, 7, 3), np.float32))
    np.testing.assert_array_equal(median3_identity(x), median3(x))
    upstream = tf.constant(rng.random((2, 9, 7, 3), np.float32))
    found = pulled_back(median3_identity, x, upstream)
    np.testing.assert_allclose(found.sum(), upstream.numpy().sum(), rtol=1e-5)
    assert np.abs(found - pulled_back(median3, x, upstream)).max() > 0.1


def test_identity_passes_the_gradient(rng):
    x = tf.constant(rng.random((1, 9, 9, 3), np.float32))
    upstream = np.zeros((1, 9, 9, 3), np.float32)
    upstream[0, 4, 5, 1] = 9
    np.testing.assert_array_equal(pulled_back(median3_identity, x, tf.constant(upstream)), upstream)
