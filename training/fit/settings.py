"""Settings of a training run."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

GRID = 5  # places per axis that a patch may be tried at
SLOTS = 24  # patches kept for each pair of label and aim
VALIDATION_STEP, VALIDATION_DECAY = 2.0, 0.6  # step and decay of PGD on `val`, as below
LEAST = 0.05  # of the largest radius that noise may have; from 0.3 on, a network learned to be weak against less


class SettingsError(ValueError):
    """A run was asked to resume with other settings than it began with."""


@dataclass(frozen=True)
class Settings:
    """What decides a run, besides the data; eps values are in units of the pixel range [0, 1].

    stem_steps: batches on which the stem learns to give what CenterFace's first stages give.
    noised, patched, masked: shares of each batch changed by PGD, by a patch made for the image, and by two of PatchCleanser's masks.
    eps, iterations: PGD's largest radius and its steps. step, decay: the longest first step as a share of the radius, and how much shorter
    each further step is. With long steps alone a network learned to be safe where they end: APGD found far more than PGD.
    power: of the share of the largest radius that an image gets, drawn evenly: above 1, most radii are small.
    patch_sides: least and largest side of a patch in pixels; patch_iterations, patch_step: signed steps and their length.
    patch_places: places of which the worst is taken.
    mask_patches: the patch sides, in pixels, that the masks are made for; mask_tries: second masks of which the worst is taken.
    guard: weight of -log(1 - p(correct)) for unmasked faces, added to the cross-entropy: the mistake that matters most costs more.
    toned: share of the faces with landmarks, masked or not, whose skin is darkened.
    start: the Keras file whose weights the run begins with, its sha256; such a run skips the clean phase and the stem.
    light: whether the network takes the light of the room out of each picture first.
    teacher: the Keras file of a network without attacks, its sha256; taught: how much of a target is what it says of the picture
    before it was attacked (RSLAD: Zi et al. 2021, arXiv:2108.07969), the rest being the label.
    drawn: share of each class's samples that are masks drawn on unmasked faces (correct, incorrect, none).
    printed: share of those masks that show another face; occluded: share of unmasked faces behind a hand, scarf, beard or cup;
    unmasked: share of unmasked faces that come from those with landmarks, for skin to be darkened.
    pasted: weight of the optional train_pasted split next to the real photos of its class, 0 to leave it out.
    """

    seed: int = 1
    batch: int = 96
    steps_per_epoch: int = 91
    stem_steps: int = 700
    clean_epochs: int = 3
    ramp_epochs: int = 3
    epochs: int = 20
    rate: float = 4e-4
    weight_decay: float = 0.02
    smoothing: float = 0.05
    noised: float = 0.3
    eps: float = 10 / 255
    iterations: int = 3
    step: float = 0.5
    decay: float = 1.0
    power: float = 1.0
    patched: float = 0.36
    patch_sides: tuple[int, int] = (10, 25)
    patch_places: int = 4
    patch_iterations: int = 6
    patch_step: float = 0.3
    masked: float = 0.25
    mask_patches: tuple[int, ...] = (14, 21)
    masks_per_axis: int = 3
    mask_tries: int = 4
    guard: float = 1.0
    ema: float = 0.998
    drawn: tuple[float, float, float] = (0.15, 0.35, 0.0)
    printed: float = 0.1
    occluded: float = 0.15
    unmasked: float = 0.25
    toned: float = 0.5
    pasted: float = 0.1
    stem: tuple[int, int] = (48, 64)
    blocks: int = 13
    squeeze: int = 48
    dropout: float = 0.2
    validate_every: int = 3
    patience: int = 10
    validation_eps: float = 4 / 255
    validation_patch: int = 20
    validation_mask: int = 14
    start: str = ""
    light: bool = False
    teacher: str = ""
    taught: float = 0.5

    @property
    def attacked(self) -> bool:
        """Whether the run changes its batches at all."""
        return self.noised + self.patched + self.masked > 0

    def scaled(self, factor: float) -> Settings:
        """The same run with `factor` times the epochs, at least one of each phase."""
        return replace(
            self,
            clean_epochs=max(1, round(self.clean_epochs * factor)),
            ramp_epochs=max(1, round(self.ramp_epochs * factor)),
            epochs=max(2, round(self.epochs * factor)),
        )

    def resumed(self, start: str) -> Settings:
        """The same run from a trained network whose file has the sha256 `start`."""
        return replace(self, start=start, clean_epochs=0, ramp_epochs=0, stem_steps=0)


BASE = Settings(epochs=10, clean_epochs=10, ramp_epochs=0, noised=0.0, patched=0.0, masked=0.0, guard=0.0)
# Version 3 goes on from what training.accelerated.run gave, for as long as two cores have: see EXPERIMENTS.md.
ROBUST = Settings(
    steps_per_epoch=60,
    epochs=9,
    rate=3e-4,
    noised=0.55,
    patched=0.15,
    iterations=7,
    step=2.0,
    decay=0.6,
    power=2.0,
    patch_iterations=5,
    patch_places=3,
    masked=0.2,
    guard=0.6,
    ema=0.99,
    drawn=(0.2, 0.45, 0.0),
    blocks=16,
    light=True,
    taught=0.4,
    validation_eps=3 / 255,
)
PRESETS = {"base": BASE, "robust": ROBUST}


def override(settings: Settings, items: list[str]) -> Settings:
    """The settings with each KEY=VALUE of items, VALUE as JSON; raises SettingsError."""
    known = Settings.__dataclass_fields__
    for item in items:
        key, _, value = item.partition("=")
        if key not in known:
            raise SettingsError(f"--set {item}: no setting {key!r}; there are {', '.join(known)}")
        try:
            settings = replace(settings, **{key: json.loads(value)})
        except json.JSONDecodeError as err:
            raise SettingsError(f"--set {item}: {value!r} is not a JSON value") from err
    return settings


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
