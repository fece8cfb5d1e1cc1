import numpy as np
import pytest

from training import data
from training.fit import folds


@pytest.fixture
def pool():
    """Two people with four crops of each class, one with two; a source with all classes, and one that has bare faces only."""
    sources = ["cam"] * 30 + ["web"] * 12 + ["bare"] * 3
    groups = ["ann"] * 12 + ["bob"] * 12 + ["cid"] * 6 + [f"w{i}" for i in range(12)] + ["b0", "b1", "b2"]
    labels = np.array([i % 3 for i in range(42)] + [2] * 3, np.int32)
    return data.Split("pool", np.zeros((45, 2, 2, 3), np.uint8), labels, sources, groups, [f"{i}.png" for i in range(45)])


def test_people_and_sources_with_enough_crops_are_left_out(pool):
    found = folds.folds(pool, "cam", 4)
    assert [f.title for f in found] == ["person ann", "person bob", "source cam", "source web", "source cam, with attacks"]
    assert [int(f.out.sum()) for f in found] == [12, 12, 30, 12, 30]
    assert [f.settings.attacked for f in found] == [False] * 4 + [True]
    assert [f.title for f in folds.folds(pool, "cam", 2)][:3] == ["person ann", "person bob", "person cid"]
    for fold in found:
        left = {g for g, out in zip(pool.groups, fold.out, strict=True) if out}
        assert not left & {g for g, out in zip(pool.groups, fold.out, strict=True) if not out}, "nobody is on both sides"


def test_a_source_without_which_a_class_is_missing_stays(pool):
    few = pool.take(np.flatnonzero(np.array(pool.sources) != "web"))
    assert [f.title for f in folds.folds(few, "cam", 4)] == ["person ann", "person bob"]


@pytest.mark.parametrize(("people", "least", "want"), [("none", 4, "no crop of the source 'none'"), ("cam", 5, "nobody of the source")])
def test_nobody_to_leave_out(pool, people, least, want):
    with pytest.raises(data.DataError, match=want):
        folds.folds(pool, people, least)
