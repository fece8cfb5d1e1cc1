import numpy as np
import pytest

from training.measure import score

LABELS = np.array([0] * 6 + [1] * 2 + [2] * 4)
GROUPS = np.array([f"g{i // 2}" for i in range(12)])


def test_row_counts_each_class_alike():
    answers = np.array([0, 0, 0, 0, 0, 0, 1, 0, 2, 2, 0, score.OTHER])
    row = score.row(LABELS, answers, GROUPS)
    assert row["recall"] == {"correct": 1.0, "incorrect": 0.5, "none": 0.5}
    assert row["balanced_accuracy"] == round(2 / 3, 4)
    assert row["accuracy"] == 0.75
    assert row["none_to_correct"] == 0.25
    assert row["confusion"] == [[6, 0, 0, 0], [1, 1, 0, 0], [1, 0, 2, 1]]
    low, high = row["interval95"]
    assert low <= row["balanced_accuracy"] <= high


def test_the_direction_that_matters_can_differ_from_the_answer():
    reached = np.array([True] * 8 + [True, True, True, False])
    row = score.row(LABELS, np.where(LABELS == 2, 1, LABELS), GROUPS, reached)
    assert row["none_to_correct"] == 0.75


def test_a_class_without_images_is_left_out():
    row = score.row(np.array([0, 0, 2]), np.array([0, 2, 2]), np.array(["a", "b", "c"]))
    assert row["recall"]["incorrect"] is None
    assert row["balanced_accuracy"] == 0.75


def test_whole_groups_are_drawn():
    labels, answers = np.repeat([0, 1, 2], 100), np.repeat([0, 1, 2], 100)
    answers[:50] = 1
    few = score.row(labels, answers, np.repeat(np.arange(6), 50).astype(str))
    many = score.row(labels, answers, np.arange(300).astype(str))
    width = lambda row: row["interval95"][1] - row["interval95"][0]  # noqa: E731
    assert width(few) > 2 * width(many)


@pytest.mark.parametrize(("confidence", "right", "want"), [(0.9, 0.9, 0.0), (0.9, 0.5, 0.4)])
def test_calibration_error(confidence, right, want):
    labels = np.zeros(100, int)
    probabilities = np.full((100, 3), (1 - confidence) / 2)
    probabilities[np.arange(100), np.where(np.arange(100) < right * 100, 0, 1)] = confidence
    assert score.calibration(labels, probabilities)["ece"] == pytest.approx(want, abs=1e-3)
