import numpy as np
import pytest

from training.corrupt import kinds
from training.measure import corruption


class Threshold:
    """Calls a picture by its mean brightness, and remembers what it was shown."""

    def __init__(self) -> None:
        self.seen = []

    def answers(self, variant, images):
        self.seen.append((variant, images))
        return np.digitize(images.mean(axis=(1, 2, 3)), (0.3, 0.6))


class Given:
    """A context of 30 flat pictures whose brightness is their class."""

    seed = 1

    def __init__(self) -> None:
        labels = np.arange(30, dtype=np.int32) % 3
        images = np.full((30, 96, 96, 3), 0.15, np.float32) + 0.3 * labels[:, None, None, None].astype(np.float32)
        self.test = type("Crops", (), {"images": images, "labels": labels, "groups": labels.astype(str), "__len__": lambda _: 30})()
        self.subject = Threshold()


@pytest.fixture(scope="module")
def measured():
    context = Given()
    few = {kind: kinds.KINDS[kind] for kind in ("brightness", "pixelate")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corruption, "KINDS", few)
        return context, corruption.measure(context)


def test_pictures_go_through_the_smoothing_at_every_strength(measured):
    context, found = measured
    assert [variant for variant, _ in context.subject.seen] == ["smoothed"] * 10
    assert list(found["kinds"]) == ["brightness", "pixelate"]
    assert all(len(rows["strengths"]) == 5 for rows in (*found["kinds"].values(), found["all"]))


def test_a_mean_is_that_of_the_strengths_and_kinds(measured):
    _, found = measured
    bright, squares = (found["kinds"][kind] for kind in ("brightness", "pixelate"))
    assert [r["balanced_accuracy"] for r in squares["strengths"]] == [1] * 5
    values = [r["balanced_accuracy"] for r in bright["strengths"]]
    assert values[0] == 1
    assert values[-1] == pytest.approx(1 / 3, abs=1e-3), "all too bright"
    for rows in (*found["kinds"].values(), found["all"]):
        assert rows["mean"]["balanced_accuracy"] == pytest.approx(np.mean([r["balanced_accuracy"] for r in rows["strengths"]]), abs=1e-3)
    for i, row in enumerate(found["all"]["strengths"]):
        assert row["balanced_accuracy"] == pytest.approx((values[i] + 1) / 2, abs=1e-3)
        assert row["images"] == 30


def test_light_has_a_row_for_each_rung():
    found = corruption.light(Given())
    assert found["as it is"]["balanced_accuracy"] == 1
    assert found["light × 0.25"]["recall"] == {"correct": 1, "incorrect": 0, "none": 0}


def test_errors_are_by_the_other_network():
    rows = lambda value: {"mean": {"balanced_accuracy": value}}  # noqa: E731
    base = {"kinds": {"a": rows(0.8), "b": rows(0.5), "c": rows(1.0)}}
    robust = {"kinds": {"a": rows(0.9), "b": rows(0.25), "c": rows(0.9)}}
    assert corruption.error(base["kinds"]["a"]["mean"], robust["kinds"]["a"]["mean"]) == pytest.approx(0.5)
    assert corruption.error(base["kinds"]["c"]["mean"], robust["kinds"]["c"]["mean"]) is None
    assert corruption.mean_error(base, robust) == pytest.approx((0.5 + 1.5) / 2), "a kind that base never errs on does not count"
