import numpy as np
import pytest
import tensorflow as tf

from training.attacks import calls, linf
from training.attacks import fab as fab_module
from training.attacks.apgd import apgd, checkpoints
from training.attacks.fab import fab, project
from training.attacks.hard_label import rays
from training.attacks.square import side_at, square


def scores(victim):
    return lambda x: calls.logits(victim.network, x)


def attacks(victim, eps):
    net, x, y, t = victim.network, victim.images, victim.labels, victim.others
    key, e = tf.constant([1, 0]), tf.constant(eps, tf.float32)
    labels_of = lambda v: calls.labels_of(net, v)  # noqa: E731
    return {
        "fgsm": lambda: linf.fgsm(net, tf.constant(x), y, e).numpy(),
        "bim": lambda: linf.bim(net, tf.constant(x), y, e, e / 4, 6).numpy(),
        "pgd": lambda: linf.pgd(net, tf.constant(x), y, e, e / 4, 6, key).numpy(),
        "pgd targeted": lambda: linf.pgd(net, tf.constant(x), y, e, e / 4, 6, key, t).numpy(),
        "pgd restarts": lambda: linf.pgd_restarts(net, tf.constant(x), y, e, e / 4, 6, key, 2).numpy(),
        **{f"apgd {loss}": lambda loss=loss: apgd(net, x, y, eps, loss, 12, 2, 1) for loss in ("ce", "dlr", "cw")},
        **{f"apgd {loss} targeted": lambda loss=loss: apgd(net, x, y, eps, loss, 12, 2, 1, t) for loss in ("ce", "dlr", "cw")},
        "square": lambda: square(scores(victim), x, y, eps, 60, 1),
        "rays": lambda: rays(labels_of, x, y, eps, 60, 1),
    }


NAMES = (
    *("fgsm", "bim", "pgd", "pgd targeted", "pgd restarts", "square", "rays"),
    *(f"apgd {loss}{aim}" for loss in ("ce", "dlr", "cw") for aim in ("", " targeted")),
)


@pytest.mark.parametrize("name", NAMES)
def test_stays_in_the_ball_and_in_range_and_breaks_more_with_more(victim, name):
    left = []
    for eps in (0.5 / 255, 4 / 255, 64 / 255):
        found = attacks(victim, eps)[name]()
        assert found.dtype == np.float32
        assert found.shape == victim.images.shape
        assert victim.distance(found).max() <= eps + 1e-6
        assert found.min() >= 0
        assert found.max() <= 1
        left.append(victim.accuracy(found))
    assert left == sorted(left, reverse=True)
    assert left[0] > left[-1]


@pytest.mark.parametrize("name", ["pgd", "apgd ce", "square", "rays"])
def test_the_same_seed_gives_the_same_images(victim, name):
    np.testing.assert_array_equal(*(attacks(victim, 8 / 255)[name]() for _ in range(2)))


def test_more_steps_are_no_weaker(victim):
    found = attacks(victim, 2 / 255)
    single, bim, restarts, best = (victim.accuracy(found[n]()) for n in ("fgsm", "bim", "pgd restarts", "apgd ce"))
    assert single >= bim >= restarts - 0.04
    assert bim >= best - 0.04


@pytest.mark.parametrize("loss", ["ce", "dlr", "cw"])
def test_targeted_attacks_reach_their_targets(victim, loss):
    assert victim.hits(apgd(victim.network, victim.images, victim.labels, 32 / 255, loss, 20, 1, 1, victim.others)) == 1


def test_checkpoints_are_those_of_the_paper():
    assert checkpoints(100) == [0, 22, 41, 57, 70, 80, 87, 93, 99]


def test_the_squares_shrink_as_in_the_paper():
    sides = [side_at(q, 10_000, 100, 100) for q in (1, 10, 11, 51, 201, 501, 1001, 2001, 4001, 6001, 8001)]
    assert sides == [89, 89, 63, 45, 32, 22, 16, 11, 8, 6, 4]


def test_fab_finds_nearer_images_than_it_needs(victim):
    found = fab(victim.network, victim.images, victim.labels, 0.0, 30, 1, 1, victim.others)
    assert victim.accuracy(found) == 0
    assert found.min() >= 0
    assert found.max() <= 1
    broken = attacks(victim, 2 / 255)["apgd ce"]()
    assert np.mean(victim.distance(found) <= 2 / 255) >= np.mean(calls.labels_of(victim.network, broken) != victim.labels) - 0.2


def test_fab_takes_the_gradient_at_a_success_and_then_steps_back(victim, monkeypatch):
    at, starts, gradients, step = [], [], calls.gradients, fab_module._step
    monkeypatch.setattr(calls, "gradients", lambda network, x, *rest: at.append(x.copy()) or gradients(network, x, *rest))
    monkeypatch.setattr(fab_module, "_step", lambda x, *rest: starts.append(x.copy()) or step(x, *rest))
    fab(victim.network, victim.images, victim.labels, 0.0, 2, 1, 1, victim.others)
    succeeded = calls.labels_of(victim.network, at[1]) != victim.labels
    assert succeeded.mean() > 0.5
    back = victim.images + 0.9 * (at[1] - victim.images)
    np.testing.assert_allclose(starts[1][succeeded], back[succeeded], atol=1e-6)
    np.testing.assert_array_equal(starts[1][~succeeded], at[1][~succeeded])


def test_the_projection_meets_the_plane_with_the_least_change(rng):
    x = rng.uniform(0, 1, (5, 4, 4, 3)).astype(np.float32)
    slope = rng.normal(size=x.shape).astype(np.float32)
    for offset in (rng.normal(size=5) - np.einsum("nhwc,nhwc->n", slope, x), np.full(5, 1000.0)):
        change = project(x, slope, offset)
        assert (x + change).min() >= -1e-6
        assert (x + change).max() <= 1 + 1e-6
        if abs(offset[0]) < 1000:
            np.testing.assert_allclose(np.einsum("nhwc,nhwc->n", slope, x + change) + offset, 0, atol=1e-4)
            most = np.abs(change).max(axis=(1, 2, 3), keepdims=True)
            free = (np.abs(change) < most - 1e-6) & (slope != 0)
            at_border = np.isclose(x + change, 0, atol=1e-6) | np.isclose(x + change, 1, atol=1e-6)
            assert (at_border | ~free).all(), "only what the box stops moves less than the rest"


@pytest.mark.parametrize("attack", ["square", "rays"])
def test_black_box_attacks_need_nothing_but_answers(victim, attack):
    seen = []

    def answer(x: np.ndarray) -> np.ndarray:
        assert isinstance(x, np.ndarray)
        seen.append(len(x))
        brightness = x[..., :3].mean(axis=(1, 2))
        return brightness if attack == "square" else brightness.argmax(axis=1)

    labels = victim.images.mean(axis=(1, 2)).argmax(axis=1).astype(np.int32)
    found = (square if attack == "square" else rays)(answer, victim.images, labels, 0.3, 50, 1)
    assert np.mean(found.mean(axis=(1, 2)).argmax(axis=1) != labels) > 0.5
    assert sum(seen) <= 50 * len(labels) + 10 * len(labels)
    assert seen[-1] <= seen[0]
