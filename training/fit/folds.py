"""Folds that leave a person or a source out, and a brief run on what is left."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np

from training.data import DataError, Split
from training.fit.batches import Batches
from training.fit.settings import BASE, ROBUST, Settings
from training.fit.trainer import Trainer
from training.net.model import CLASSES

# The moving average of so short a run must forget sooner. None of them starts from a pack: those have met everybody.
BRIEF = {"epochs": 3, "steps_per_epoch": 100, "stem_steps": 150, "pasted": 0.0, "ema": 0.98}
CLEAN = replace(BASE, clean_epochs=3, **BRIEF)
ATTACKED = replace(ROBUST, clean_epochs=1, ramp_epochs=1, **BRIEF)


@dataclass(frozen=True, eq=False)
class Fold:
    """kind: person or source; out: bool [n], the crops of the pool that are left out; settings: of the run on the others."""

    kind: str
    name: str
    out: np.ndarray
    settings: Settings

    @property
    def title(self) -> str:
        """A name that no other fold has."""
        return f"{self.kind} {self.name}{', with attacks' if self.settings.attacked else ''}"


def folds(pool: Split, people: str, least: int, steps: int | None = None) -> list[Fold]:
    """A fold for each person (group) of the source `people`, and each source, that has `least` crops of each class.

    The last one leaves out all of `people` and is trained with attacks. Raises DataError where there is nobody or nothing to leave out.
    """
    clean, attacked = (replace(s, steps_per_epoch=steps, stem_steps=min(steps, s.stem_steps)) if steps else s for s in (CLEAN, ATTACKED))
    sources, groups = np.array(pool.sources), np.array(pool.groups)
    if people not in sources:
        raise DataError(f"no crop of the source {people!r}; --people names one whose groups are people: {', '.join(np.unique(sources))}")
    counts = Counter(zip(sources, groups, pool.labels.tolist(), strict=True))
    persons = [g for g in np.unique(groups[sources == people]) if all(counts[people, g, c] >= least for c in range(len(CLASSES)))]
    found = [Fold("person", str(g), (sources == people) & (groups == g), clean) for g in persons]
    if not found:
        raise DataError(f"nobody of the source {people!r} has {least} crops of each class; --least takes fewer")
    for source in np.unique(sources):
        out = sources == source
        if all((pool.labels[out] == c).sum() >= least and (pool.labels[~out] == c).sum() >= least for c in range(len(CLASSES))):
            found.append(Fold("source", str(source), out, clean))
    return found + [replace(f, settings=attacked) for f in found if (f.kind, f.name) == ("source", people)]


def train(fold: Fold, pool: Split, points: np.ndarray, work: Path, centerface: Path) -> keras.Model:
    """The network of a fold, from its last checkpoint on; points: landmarks of the unmasked crops of the pool, in their order."""
    kept = ~fold.out
    unmasked = pool.labels == CLASSES.index("none")
    work.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(fold.settings, work, centerface)
    batches = Batches(pool.take(np.flatnonzero(kept)), None, points[kept[unmasked]], fold.settings)
    trainer.teach_stem(batches, centerface)
    trainer.fit(batches, None)  # else who was left out, or people of the same source, would choose the weights
    return trainer.average
