"""The pack's stored patches, one for all faces of a class, on faces of the sample: digital, and as if printed."""

from __future__ import annotations

import cv2
import numpy as np

from training.attacks import patch
from training.attacks.placing import DIGITAL, PHYSICAL, Variation
from training.attacks.universal import place
from training.defense import squeeze
from training.measure.context import Context
from training.net.model import CLASSES, SIZE

FIXED = (0.72, 0.5)  # center as shares of height and width: the mouth
PLACES, DRAWS = 25, 3


def measure(context: Context) -> dict:
    """A row for each stored patch: the share of the images of its first class that are answered as its second."""
    rows = [_row(context, entry) for entry in context.subject.manifest.get("patches", [])]
    return {
        "setting": "The patches stored in the pack, made on train, on images of the sample that the network classifies right without one. "
        f"Fixed: over the mouth. Random and as printed: {DRAWS} places. As printed: turned by up to {np.degrees(PHYSICAL.turn):g} degrees, "
        f"{PHYSICAL.scale[0]:g} to {PHYSICAL.scale[1]:g} of the size, {PHYSICAL.gain[0]:g} to {PHYSICAL.gain[1]:g} of the light, in the "
        "colors of paper.",
        "rows": rows,
    }


def _row(context: Context, entry: dict) -> dict:
    pixels = cv2.imread(str(context.subject.folder / entry["file"]), cv2.IMREAD_COLOR)[..., ::-1].astype(np.float32) / 255
    source, target = CLASSES.index(entry["from"]), CLASSES.index(entry["to"])
    faces = context.sampled.images[context.sampled.labels == source]
    faces = faces[context.subject.answers("alone", faces) == source]
    side = len(pixels)

    def hits(attacked: np.ndarray) -> np.ndarray:
        return context.subject.answers("alone", attacked) == target

    def at(corner: np.ndarray) -> np.ndarray:
        return hits(patch.paste(faces, pixels, *np.tile(corner, (len(faces), 1)).T))

    def anywhere(variation: Variation) -> np.ndarray:
        return np.concatenate([hits(place(faces, pixels, context.seed + i, variation)) for i in range(DRAWS)])

    mouth = np.clip(np.rint(np.array(FIXED) * SIZE - side / 2), 0, SIZE - side).astype(int)
    tried = {
        "fixed": at(mouth),
        "random": anywhere(DIGITAL),
        "best": np.any([at(corner) for corner in patch.grid(SIZE, side, PLACES)], axis=0),
        "physical": anywhere(PHYSICAL),
    }
    shares = {name: squeeze.proportion(int(won.sum()), won.size) for name, won in tried.items()}
    return {"from": entry["from"], "to": entry["to"], "area": entry["area"], "success_at_making": entry["success"], **shares}
