"""Results of blocks of the sample, put together: what is said of images is kept image by image until all blocks are there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from training.data import DataError

ROW, COUNT = "row of a block", "count of a block"  # what stands in a block's result for a row of figures, and for a count of images


def row(answers: np.ndarray, reached: np.ndarray | None) -> dict:
    """Stands for score.row of a block's images."""
    return {ROW: {"answers": np.asarray(answers).tolist(), "reached": None if reached is None else np.asarray(reached).tolist()}}


def count(number: int) -> dict:
    """Stands for a number of a block's images."""
    return {COUNT: int(number)}


def join(parts: list, figures: Callable[[np.ndarray, np.ndarray | None], dict], where: str = "result") -> Any:
    """The result of the whole sample, of those of all its blocks; block i of n holds every n-th image from the i-th on.

    figures: from answers and reached of the whole sample to its row. Raises DataError where blocks disagree on what is no figure.
    """
    first = parts[0]
    if isinstance(first, dict):
        if COUNT in first:
            return sum(part[COUNT] for part in parts)
        if any(set(part) != set(first) for part in parts):
            raise DataError(f"{where}: the blocks have different keys; remove them and measure again")
        joined = {k: join([part[k] for part in parts], figures, f"{where}: {k}") for k in first if k != ROW}
        if ROW in first:
            rows = [part[ROW] for part in parts]
            reached = None if rows[0]["reached"] is None else interleave([np.array(r["reached"], bool) for r in rows])
            joined |= figures(interleave([np.array(r["answers"], int) for r in rows]), reached)
        return joined
    if isinstance(first, list) and all(isinstance(part, list) and len(part) == len(first) for part in parts):
        return [join(list(items), figures, f"{where}: {i}") for i, items in enumerate(zip(*parts, strict=True))]
    if any(part != first for part in parts):
        raise DataError(f"{where}: the blocks disagree: {parts}; remove them and measure again")
    return first


def interleave(parts: list[np.ndarray]) -> np.ndarray:
    """One array of those of all blocks, in the order of the sample."""
    whole = np.zeros((sum(map(len, parts)), *parts[0].shape[1:]), parts[0].dtype)
    for i, part in enumerate(parts):
        whole[i :: len(parts)] = part
    return whole
