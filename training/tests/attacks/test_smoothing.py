import numpy as np
import pytest
import tensorflow as tf

from training.attacks.smoothing import median3, median3_blur, median3_identity


def pulled_back(smooth, x: tf.Tensor, upstream: tf.Tensor) -> np.ndarray:
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = smooth(x)
    return tape.gradient(y, x, output_gradients=upstream).numpy()


@pytest.mark.parametrize("smooth", [median3_identity, median3_blur])
def test_answers_are_the_median_and_only_gradients_differ(smooth, rng):
    x = tf.constant(rng.random((2, 9, 7, 3), np.float32))
    np.testing.assert_array_equal(smooth(x), median3(x))
    upstream = tf.constant(rng.random((2, 9, 7, 3), np.float32))
    found = pulled_back(smooth, x, upstream)
    np.testing.assert_allclose(found.sum(), upstream.numpy().sum(), rtol=1e-5)
    assert np.abs(found - pulled_back(median3, x, upstream)).max() > 0.1


def test_identity_passes_the_gradient_and_blur_spreads_it(rng):
    x = tf.constant(rng.random((1, 9, 9, 3), np.float32))
    upstream = np.zeros((1, 9, 9, 3), np.float32)
    upstream[0, 4, 5, 1] = 9
    np.testing.assert_array_equal(pulled_back(median3_identity, x, tf.constant(upstream)), upstream)
    want = np.zeros_like(upstream)
    want[0, 3:6, 4:7, 1] = 1
    np.testing.assert_allclose(pulled_back(median3_blur, x, tf.constant(upstream)), want, atol=1e-6)
