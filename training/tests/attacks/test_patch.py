import numpy as np
import pytest
import tensorflow as tf

from training.attacks import patch, placing, universal

SEED = tf.constant([3, 1])


@pytest.mark.parametrize("side", [7, 10, 14, 21, 30])
def test_a_disc_covers_pi_quarters_of_its_square_and_a_square_all_of_it(side):
    where = placing.upright(np.array([0, 5, 96 - side]), np.array([9, 0, 96 - side]))
    np.testing.assert_allclose(placing.covered(placing.disc_mask(side), where, 96), np.pi / 4 * side**2, rtol=0.02)
    np.testing.assert_allclose(placing.covered(placing.square_mask(side), where, 96), side**2, rtol=1e-6)


def test_turned_and_scaled_patches_cover_what_their_scale_says():
    turned = placing.Variation(turn=np.pi / 4, scale=(0.6, 1.5))
    for mask, share in ((placing.disc_mask(20), np.pi / 4), (placing.square_mask(20), 1.0)):
        where = placing.sample(turned, 32, 96, 20, SEED)
        # The corners of a turned square at the border may stick out.
        where = placing.Placement(where.row * 0 + 38, where.col * 0 + 38, where.angle, where.scale, where.gain, where.offset)
        np.testing.assert_allclose(placing.covered(mask, where, 96), share * (20 * where.scale.numpy()) ** 2, rtol=0.02)


def test_only_the_patch_changes_and_it_turns_counterclockwise():
    images = tf.random.stateless_uniform([2, 32, 32, 3], SEED)
    content = np.zeros((8, 8, 3), np.float32)
    content[0] = 1  # a white upper edge
    where = placing.upright(np.array([4, 20]), np.array([10, 3]))
    found = placing.apply(images, tf.constant(content), tf.constant(placing.square_mask(8)), where).numpy()
    want = patch.paste(images.numpy(), content, np.array([4, 20]), np.array([10, 3]))
    np.testing.assert_allclose(found, want, atol=1e-6)
    quarter = placing.Placement(where.row, where.col, where.angle + np.pi / 2, where.scale, where.gain, where.offset)
    found = placing.apply(images, tf.constant(content), tf.constant(placing.square_mask(8)), quarter).numpy()
    np.testing.assert_allclose(found[0, 4:12, 10], 1, atol=1e-4)
    np.testing.assert_allclose(found[0, 4:12, 11:18], 0, atol=1e-4)


def test_random_places_reach_all_corners_and_stay_inside():
    where = placing.sample(placing.DIGITAL, 4000, 96, 14, SEED)
    for values in (where.row.numpy(), where.col.numpy()):
        assert values.min() == 0
        assert values.max() == 82
        np.testing.assert_array_equal(values, np.rint(values))


def test_light_and_print_limit_the_colors_and_gradients_pass():
    content = tf.constant(np.random.default_rng(1).random((8, 8, 3), np.float32))
    with tf.GradientTape() as tape:
        tape.watch(content)
        shown = placing.printed(content)
        where = placing.sample(placing.PHYSICAL, 6, 32, 8, SEED)
        total = tf.reduce_sum(placing.apply(tf.zeros([6, 32, 32, 3]), shown, tf.constant(placing.disc_mask(8)), where))
    assert float(tf.reduce_min(shown)) >= 0.1
    assert float(tf.reduce_max(shown)) <= 0.9
    gray = tf.fill([1, 1, 3], 0.5)
    np.testing.assert_allclose(placing.printed(gray), gray, atol=1e-6)
    assert float(tf.reduce_min(tape.gradient(total, content)[2:6, 2:6])) > 0


def test_the_grid_goes_from_corner_to_corner():
    places = patch.grid(96, 14, 25)
    assert len({tuple(p) for p in places}) == 25
    assert places.min() == 0
    assert places.max() == 82
    np.testing.assert_array_equal(patch.grid(96, 14, 1), [[41, 41]])
    with pytest.raises(ValueError, match=r"^places is 24: a square number is needed, as 25 for a grid of 5 x 5$"):
        patch.grid(96, 14, 24)
    assert [patch.side_of(a, 96) for a in (0.005, 0.01, 0.02, 0.03, 0.05, 0.1)] == [7, 10, 14, 17, 21, 30]


def optimize(victim, side, iterations=20, targets=None, places=25, seed=1):
    return patch.optimize(victim.network, victim.images, victim.labels, side, places, iterations, 0.2, seed, targets)


def test_patches_made_for_each_image_break_more_the_larger_they_are(victim):
    left = [victim.accuracy(optimize(victim, side).images) for side in (1, 3, 6)]
    assert left == sorted(left, reverse=True)
    assert left[-1] == 0
    assert victim.hits(optimize(victim, 8, 30, victim.others).images) > 0.9


def test_a_made_patch_changes_its_square_only_and_is_stronger_than_controls(victim):
    made = optimize(victim, 6)
    np.testing.assert_array_equal(made.images, patch.paste(victim.images, made.patches, made.rows, made.cols))
    assert made.images.min() >= 0
    assert made.images.max() <= 1
    left = victim.accuracy(made.images)
    assert np.mean(made.value > 0) == pytest.approx(1 - left)
    for control in (patch.gray(6), patch.noise(len(victim.images), 6, 1)):
        assert victim.accuracy(patch.paste(victim.images, control, made.rows, made.cols)) > left
    np.testing.assert_array_equal(made.images, optimize(victim, 6).images)


def test_the_best_of_many_places_is_no_weaker_than_one(victim):
    one = patch.optimize(victim.network, victim.images, victim.labels, 3, 1, 20, 0.2, 1, early_stop=False)
    many = patch.optimize(victim.network, victim.images, victim.labels, 3, 25, 20, 0.2, 1, early_stop=False)
    twice = patch.optimize(victim.network, victim.images, victim.labels, 3, 25, 40, 0.2, 1, early_stop=False)
    assert many.value.mean() > one.value.mean()
    assert abs(np.mean(twice.value > 0) - np.mean(many.value > 0)) <= 0.1


@pytest.mark.parametrize("eot", [placing.DIGITAL, placing.PHYSICAL])
def test_a_universal_patch_drives_images_to_its_target(victim, eot):
    away = victim.labels != 0
    images, labels = victim.images[away], victim.labels[away]
    made = universal.universal(victim.network, images, labels, 0, 14, 60, 32, 0.05, 1, eot)
    assert made.shape == (14, 14, 3)
    assert made.min() >= 0
    assert made.max() <= 1
    share = [np.mean(np.argmax(victim.network(universal.place(images, p, 5, eot)), axis=1) == 0) for p in (patch.gray(14), made)]
    assert share[1] > share[0] + 0.3
    np.testing.assert_array_equal(made, universal.universal(victim.network, images, labels, 0, 14, 60, 32, 0.05, 1, eot))
