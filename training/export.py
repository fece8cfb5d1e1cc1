"""Writes a model pack: the network as TensorFlow Lite and Keras, its manifest and golden answers."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from training.model import CLASSES, SIZE

SCALE = 1 / 255
MARGIN = 0.02  # kept around the face box; chosen on val: balanced 0.825 at 0.15, 0.854 at 0.11, 0.874 at 0.05, 0.881 at 0.02
TOLERANCE = 1e-3
SEEDS = (1, 2, 3, 4)
LIMIT = 3_000_000  # bytes, all weights of a pack together


class ExportError(RuntimeError):
    """The pack cannot be written or does not hold what it should."""


def golden_image(seed: int) -> np.ndarray:
    """uint8 [96, 96, 3] of xorshift32 bytes (Marsaglia, 2003: 13, 17, 5); shows nobody, needs no file."""
    state = seed * 2654435761 % 2**32 or 1
    out = np.empty(SIZE * SIZE * 3, np.uint8)
    for i in range(out.size):
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
        out[i] = state >> 24
    return out.reshape(SIZE, SIZE, 3)


def run_tflite(path: Path, images: np.ndarray) -> np.ndarray:
    """Logits [n, 3] of float32 images [n, 96, 96, 3] in [0, 1], in one batch."""
    interpreter = Interpreter(str(path), num_threads=1)
    entry = interpreter.get_input_details()[0]["index"]
    interpreter.resize_tensor_input(entry, images.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(entry, images)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"]).copy()


def convert(model: keras.Model) -> bytes:
    """The float32 TensorFlow Lite file with a free batch dimension."""
    # The converter loses the variables of a Keras 3 model here, so they go in as constants.
    fixed = [tf.constant(v.numpy()) for v in model.trainable_variables]
    other = [tf.constant(v.numpy()) for v in model.non_trainable_variables]
    call = tf.function(lambda image: model.stateless_call(fixed, other, image, training=False)[0])
    spec = tf.TensorSpec([None, SIZE, SIZE, 3], tf.float32, name="image")
    converter = tf.lite.TFLiteConverter.from_concrete_functions([call.get_concrete_function(spec)])
    return converter.convert()


def agreement(keras_model: keras.Model, tflite: Path, batch: int = 8) -> float:
    """Largest difference of a logit between the two forms, over `batch` golden images at once and one alone."""
    images = np.stack([golden_image(100 + i) for i in range(batch)]).astype(np.float32) * np.float32(SCALE)
    want = np.asarray(keras_model(images, training=False))
    return float(max(np.abs(run_tflite(tflite, images) - want).max(), np.abs(run_tflite(tflite, images[:1]) - want[:1]).max()))


def write(model: keras.Model, folder: Path, name: str = "first", version: int = 1) -> None:
    """Writes model.tflite, model.keras and manifest.json; raises ExportError when the two forms differ."""
    folder.mkdir(parents=True, exist_ok=True)
    lite = folder / "model.tflite"
    lite.write_bytes(convert(model))
    # The gradients for evaluation come from this file; the optimiser's state stays in the work folder.
    model.save(folder / "model.keras")
    size = lite.stat().st_size + (folder / "model.keras").stat().st_size
    if size > LIMIT:
        raise ExportError(f"{folder}: the weights take {size} bytes, more than {LIMIT}")
    difference = agreement(model, lite)
    if not difference <= TOLERANCE:  # also when it is NaN
        raise ExportError(f"{lite}: logits differ from the Keras model's by {difference:.2g}, more than {TOLERANCE}")
    manifest = describe(lite, name, version)
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def describe(lite: Path, name: str, version: int) -> dict:
    """The manifest of a pack, with golden logits taken from the TensorFlow Lite file itself."""
    golden = []
    for seed in SEEDS:
        logits = run_tflite(lite, golden_image(seed)[None].astype(np.float32) * np.float32(SCALE))[0]
        golden.append({"seed": seed, "logits": [round(float(v), 6) for v in logits]})
    return {
        "format": 1,
        "name": name,
        "version": version,
        "classes": list(CLASSES),
        "model": {"file": lite.name, "sha256": hashlib.sha256(lite.read_bytes()).hexdigest()},
        "input": {"width": SIZE, "height": SIZE, "color": "rgb", "scale": SCALE, "offset": 0.0, "crop_margin": MARGIN},
        "output": "logits",
        "smoothing": {"window": 3},
        "golden": golden,
        "golden_tolerance": TOLERANCE,
    }
