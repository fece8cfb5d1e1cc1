import numpy as np
import pytest
import tensorflow as tf

from training import attacks
from training.defense import squeeze


def test_bit_depth_rounds_halves_to_even():
    levels = np.float32(31)
    x = np.array([0, 0.5, 1.5, 2.5, 30.5, 31], np.float32) / levels
    np.testing.assert_allclose(squeeze.reduce_bits(x) * levels, [0, 0, 2, 2, 30, 31], atol=1e-5)


def test_median_is_that_of_the_attacks(rng):
    x = rng.random((3, 12, 9, 3), np.float32)
    np.testing.assert_array_equal(squeeze.median(x), attacks.median3(tf.constant(x)).numpy())


@pytest.mark.parametrize(("rate", "want"), [(0.05, 95), (0.5, 50), (0.0, 100), (1.0, 1)])
def test_threshold_is_the_order_statistic(rng, rate, want):
    scores = rng.permutation(np.arange(1, 101)).astype(float)
    limit = squeeze.threshold(scores, rate)
    assert limit == want
    assert (scores > limit).mean() <= rate


def test_threshold_of_nothing():
    with pytest.raises(ValueError, match=r"^no scores to set a threshold from$"):
        squeeze.threshold(np.zeros(0))


def test_scores_are_zero_for_what_squeezing_leaves_and_large_for_what_it_changes():
    def speckled(images):
        return np.stack([np.zeros(len(images)), images.max(axis=(1, 2, 3)) * 20 - 10, np.full(len(images), -9.0)], axis=1)

    flat = np.zeros((1, 9, 9, 3), np.float32)
    spot = flat.copy()
    spot[0, 4, 4] = 1
    assert squeeze.scores(speckled, flat)[0] < 1e-6
    assert squeeze.scores(speckled, spot)[0] > 1.9


def test_proportion_is_clopper_pearson():
    low, high = squeeze.proportion(0, 100)["interval95"]
    assert (low, round(high, 4)) == (0.0, 0.0362)
    assert squeeze.proportion(0, 0) == {"value": None, "interval95": None, "of": 0}


def test_adaptive_attack_stays_in_the_ball_and_lowers_the_score(rng):
    weights = tf.constant(rng.normal(0, 1, (12 * 12 * 3, 3)).astype(np.float32))
    network = lambda x: tf.reshape(x, [-1, 12 * 12 * 3]) @ weights  # noqa: E731
    images = tf.constant(rng.uniform(0.2, 0.8, (16, 12, 12, 3)).astype(np.float32))
    labels = tf.constant(np.argmax(network(images), axis=1), tf.int32)
    eps = tf.constant(0.1)
    found = {}
    for weight in (0.0, 10.0):
        x = squeeze.adaptive(network, images, labels, eps, eps / 4, 15, tf.constant(0.3), tf.constant(weight), tf.constant([1, 2]))
        assert float(tf.reduce_max(tf.abs(x - images))) <= 0.1 + 1e-6
        found[weight] = squeeze.scores(lambda a: network(tf.constant(a)).numpy(), x.numpy()).mean()
    assert found[10.0] < found[0.0]


def test_votes_lower_the_false_alarms(rng):
    flagged, groups = rng.random(400) < 0.05, np.arange(400) // 4
    days = [squeeze.alarms_per_day(flagged, groups, votes, 10, 8640, np.random.default_rng(1)).mean() for votes in (1, 3, 6, 10)]
    assert days == sorted(days, reverse=True)
    assert days[0] > 100
    assert squeeze.alarms_per_day(np.zeros(9, bool), np.arange(9), 1, 10, 100, rng).max() == 0
