"""Opens a pack for its gradients."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from training.pack import golden, lite
from training.pack.manifest import PackError, read


def open_pack(folder: Path) -> tuple[keras.Model, dict]:
    """Returns the Keras model and manifest, once no file is altered and Keras and TensorFlow Lite were shown to agree; raises PackError."""
    manifest = read(folder)
    try:
        model = keras.models.load_model(folder / manifest["keras"], compile=False)
        lite_file, tolerance = folder / manifest["models"]["float32"], manifest["golden_tolerance"]["float32"]
    except (OSError, KeyError, ValueError) as err:
        raise PackError(f"{folder}: no Keras file to take gradients from: {err}") from err
    images = lite.unit(np.stack([golden.noise(100 + i) for i in range(8)]))
    difference = float(np.abs(lite.run(lite_file, images) - np.asarray(model(images, training=False))).max())
    if not difference <= tolerance:
        raise PackError(
            f"{folder}: {manifest['keras']} and {lite_file.name} differ by {difference:.2g} in a logit; export them again together"
        )
    return model, manifest
