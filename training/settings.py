"""Settings of a training run."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path


class SettingsError(ValueError):
    """A run was asked to resume with other settings than it began with."""


@dataclass(frozen=True)
class Settings:
    """All that decides a run besides the data; eps values are in units of the pixel range [0, 1].

    attacked: share of each batch replaced by its adversarial version, once eps has ramped up.
    drawn: share of each class's samples that are masks drawn on bare faces (correct, incorrect, none).
    pasted: weight of the optional train_pasted split beside the real photos of its class, 0 to leave it out.
    """

    seed: int = 1
    batch: int = 64
    steps_per_epoch: int = 136
    clean_epochs: int = 3
    ramp_epochs: int = 3
    epochs: int = 14
    rate: float = 4e-4
    weight_decay: float = 0.02
    smoothing: float = 0.05
    attacked: float = 0.7
    eps: float = 3 / 255
    iterations: int = 2
    step: float = 0.75
    ema: float = 0.996
    drawn: tuple[float, float, float] = (0.12, 0.30, 0.0)
    pasted: float = 0.1
    blocks: int = 10
    squeeze: int = 32
    dropout: float = 0.2
    validate_every: int = 2
    patience: int = 8
    validation_eps: float = 2 / 255

    def scaled(self, factor: float) -> Settings:
        """The same run with `factor` times the epochs, at least one of each phase."""
        return replace(
            self,
            clean_epochs=max(1, round(self.clean_epochs * factor)),
            ramp_epochs=max(1, round(self.ramp_epochs * factor)),
            epochs=max(2, round(self.epochs * factor)),
        )


BASE = Settings(epochs=14, clean_epochs=14, ramp_epochs=0, attacked=0.0)
ROBUST = Settings()
PRESETS = {"base": BASE, "robust": ROBUST}


def pin(settings: Settings, work: Path) -> None:
    """Writes the settings into the work folder, or raises SettingsError when it holds a different run."""
    path = work / "settings.json"
    mine = json.loads(json.dumps(asdict(settings)))
    if path.is_file():
        other = json.loads(path.read_text(encoding="utf-8"))
        different = [k for k in mine if mine[k] != other.get(k)]
        if different:
            key = different[0]
            raise SettingsError(
                f"{path}: holds a run with {key}={other.get(key)!r}, this one has {mine[key]!r}; delete the folder or give another --work"
            )
        return
    path.write_text(json.dumps(mine, indent=1) + "\n", encoding="utf-8")
