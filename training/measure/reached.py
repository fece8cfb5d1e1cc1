"""Which answers attacks have brought about, image by image: the worst case over all that was tried."""

from __future__ import annotations

import numpy as np

from training.net.model import CLASSES


class Reached:
    """labels int [n]; reached bool [n, 3]: whether any input of the attacker's, the clean one among them, had that answer."""

    def __init__(self, labels: np.ndarray, clean: np.ndarray) -> None:
        self.labels, self.reached = labels, np.zeros((len(labels), len(CLASSES)), bool)
        self.add(np.arange(len(labels)), clean)

    def add(self, index: np.ndarray, answers: np.ndarray) -> None:
        """Notes the answers to attacks on the images at `index`."""
        self.reached[index, answers] = True

    @property
    def alive(self) -> np.ndarray:
        """Where the label was the only answer, bool [n]."""
        own = np.zeros_like(self.reached)
        own[np.arange(len(self.labels)), self.labels] = True
        return ~(self.reached & ~own).any(axis=1)

    def answers(self) -> np.ndarray:
        """The worst answer of each image, int [n]: the first wrong class that was reached, `correct` before others."""
        wrong = self.reached.copy()
        wrong[np.arange(len(self.labels)), self.labels] = False
        return np.where(wrong.any(axis=1), wrong.argmax(axis=1), self.labels)

    def pairs(self) -> dict[str, dict[str, float]]:
        """Share of the images of each class that were brought to each other class."""
        found: dict[str, dict[str, float]] = {}
        for a, label in enumerate(CLASSES):
            own = self.reached[self.labels == a]
            found[label] = {c: round(float(own[:, b].mean()), 4) for b, c in enumerate(CLASSES) if b != a and len(own)}
        return found
