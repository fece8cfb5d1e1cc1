import numpy as np
import pytest

from training.attacks import calls, ensemble
from training.attacks.ensemble import Effort, worst_case

EPS = [0.5 / 255, 2 / 255, 32 / 255]
QUICK = Effort(ce=10, restarts=2, dlr=10, targeted_ce=10, targeted_cw=10, fab=10, square=30, rays=30)
NOTHING = Effort(0, 1, 0, 0, 0, 0, 0, 0)


@pytest.fixture(scope="module")
def result(victim):
    return worst_case(victim.network, victim.images, victim.labels, EPS, QUICK)


def test_what_fell_has_an_example_within_its_radius(victim, result):
    assert result.accuracy() == sorted(result.accuracy(), reverse=True)
    for eps, stands, examples in zip(EPS, result.survived, result.examples, strict=True):
        np.testing.assert_array_equal(calls.labels_of(victim.network, examples) == victim.labels, stands)
        assert victim.distance(examples).max() <= eps + 1e-6


def test_the_worst_case_is_no_better_than_any_of_its_attacks(victim, result):
    for name in Effort.__dataclass_fields__:
        if name != "restarts":
            alone = Effort(**(NOTHING.__dict__ | {name: getattr(QUICK, name), "restarts": QUICK.restarts}))
            single = worst_case(victim.network, victim.images, victim.labels, EPS, alone)
            assert all(a <= b + 0.04 for a, b in zip(result.accuracy(), single.accuracy(), strict=True)), name


def test_only_survivors_are_attacked_on_and_every_fall_is_counted_once(victim, result):
    count = len(victim.images)
    for i, stands in enumerate(result.survived):
        assert sum(broke[i] for broke in result.successes.values()) == count - stands.sum()
    before = count
    for i, stands in enumerate(result.survived):
        assert result.attempts["APGD-CE"][i] <= before
        assert result.attempts["RayS"][i] >= stands.sum()
        before = stands.sum()
    assert sum(result.attempts["FAB-T 1"][1:]) == 0


def test_unmasked_faces_are_driven_to_correct(victim, result):
    unmasked = victim.labels == 2
    assert not result.to_correct[:, ~unmasked].any()
    shares = result.to_correct[:, unmasked].mean(axis=1)
    assert (np.diff(shares) >= 0).all()
    assert shares[-1] == 1
    assert (result.to_correct <= ~result.survived).all()


def test_other_gradients_are_tried_but_the_network_decides(victim):
    blind = lambda x: victim.network(0 * x + 0.5)  # noqa: E731
    found = worst_case(victim.network, victim.images, victim.labels, EPS, QUICK, backward={"blind": blind})
    assert "APGD-CE via blind" in found.successes
    assert found.accuracy() <= worst_case(victim.network, victim.images, victim.labels, EPS, QUICK).accuracy()


def test_given_images_are_tried_first_and_count_where_they_are_near_enough(victim):
    broke = worst_case(victim.network, victim.images, victim.labels, EPS, QUICK)
    found = worst_case(victim.network, victim.images, victim.labels, EPS, NOTHING, given={"known": broke.examples})
    np.testing.assert_array_equal(found.survived, broke.survived)
    assert sum(found.successes["known"]) > 0
    far = np.repeat(broke.examples[-1:], len(EPS), axis=0)
    found = worst_case(victim.network, victim.images, victim.labels, EPS[:1], NOTHING, given={"known": far})
    np.testing.assert_array_equal(found.survived[0], broke.survived[0])


def test_every_gradient_attack_is_run_again_from_other_starts(victim, monkeypatch):
    runs = []
    monkeypatch.setattr(ensemble, "apgd", lambda *args: runs.append(args[6]) or args[1])
    worst_case(victim.network, victim.images, victim.labels, EPS[:1], Effort(3, 4, 3, 3, 3, 0, 0, 0))
    assert runs == [4] * 6


def test_radii_must_rise(victim):
    with pytest.raises(ValueError, match=r"^eps is \[0.2, 0.1\]: radii above 0, each larger than the one before, are needed$"):
        worst_case(victim.network, victim.images, victim.labels, [0.2, 0.1])
