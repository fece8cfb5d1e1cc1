import numpy as np
import pytest

from training.data import DataError
from training.measure import blocks


def figures(answers: np.ndarray, reached: np.ndarray | None) -> dict:
    return {"answers": answers.tolist(), "reached": None if reached is None else reached.tolist()}


def measured(answers: np.ndarray, broken: int, radius: int = 4) -> dict:
    rows = [{"eps255": radius, "broken_by": {"PGD": blocks.count(broken)}} | blocks.row(answers, answers == 1)]
    return {"settings": {"ce": 50, "backward": ["identity"]}, "rows": rows}


def test_blocks_make_the_whole_sample_in_its_order():
    whole = np.array([0, 1, 2, 1, 0, 2, 1])
    joined = blocks.join([measured(whole[i::3], i) for i in range(3)], figures)
    row = {"eps255": 4, "broken_by": {"PGD": 3}, "answers": whole.tolist(), "reached": (whole == 1).tolist()}
    assert joined == {"settings": {"ce": 50, "backward": ["identity"]}, "rows": [row]}
    assert blocks.join([blocks.row(whole[i::2], None) for i in range(2)], figures)["reached"] is None


def test_blocks_that_were_measured_otherwise_are_refused():
    with pytest.raises(DataError, match=r"^ensemble: rows: 0: eps255: the blocks disagree: \[4, 8\]; remove them and measure again$"):
        blocks.join([measured(np.zeros(2), 1), measured(np.zeros(2), 1, 8)], figures, "ensemble")
    with pytest.raises(DataError, match=r"different keys"):
        blocks.join([{"a": 1}, {"b": 1}], figures)
    with pytest.raises(DataError, match=r"disagree"):
        blocks.join([[1], [1, 2]], figures)
