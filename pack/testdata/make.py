"""Makes the small models that the Go tests use: a whole pack, and models that do not fit its manifest.

Run from the repository root with TensorFlow 2.18: python pack/testdata/make.py
"""

import hashlib
import json
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

HERE = Path(__file__).parent
WRONG = HERE.parent.parent / "tflite" / "testdata"


def net(size: int, classes: int) -> keras.Model:
    """A depthwise-separable net of about 3,000 weights with random, fixed values."""
    keras.utils.set_random_seed(7)
    x = inputs = keras.Input((size, size, 3))
    x = keras.layers.Conv2D(8, 3, 2, "same", activation="relu")(x)
    for filters in (16, 32, 32):
        x = keras.layers.DepthwiseConv2D(3, 2, "same", activation="relu")(x)
        x = keras.layers.Conv2D(filters, 1, activation="relu")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, keras.layers.Dense(classes)(x))
    random = np.random.default_rng(7)
    for weight in model.weights:
        inputs_each = 9 if "depthwise" in weight.path else np.prod(weight.shape[:-1])
        scale = 0.1 if "bias" in weight.path else 2 / np.sqrt(inputs_each)
        weight.assign(random.normal(0, scale, weight.shape))
    return model


def convert(model: keras.Model, quantized: bool = False) -> bytes:
    """The model as a TensorFlow Lite file; its batch is dynamic."""
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if quantized:
        size = model.input_shape[1]
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: iter([[np.ones((1, size, size, 3), np.float32)]])
        converter.inference_input_type = converter.inference_output_type = tf.int8
    return converter.convert()


def golden_image(seed: int, size: int) -> np.ndarray:
    """xorshift32 (Marsaglia 2003), the upper byte of each state."""
    state = seed * 2654435761 % 2**32 or 1
    out = bytearray()
    for _ in range(size * size * 3):
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
        out.append(state >> 24)
    return np.frombuffer(bytes(out), np.uint8).reshape(size, size, 3)


def main() -> None:
    """Writes the pack and the wrong models."""
    model = convert(net(96, 3))
    pack = HERE / "tiny"
    pack.mkdir(exist_ok=True)
    (pack / "model.tflite").write_bytes(model)
    interpreter = tf.lite.Interpreter(model_content=model)
    interpreter.allocate_tensors()
    golden = []
    for seed in (0, 1, 2, 3):
        image = golden_image(seed, 96).astype(np.float32) / 255
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image[None])
        interpreter.invoke()
        logits = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0]
        golden.append({"seed": seed, "logits": [float(v) for v in logits]})
    manifest = {
        "format": 1,
        "name": "tiny",
        "version": 1,
        "classes": ["none", "correct", "incorrect"],
        "model": {"file": "model.tflite", "sha256": hashlib.sha256(model).hexdigest()},
        "input": {"width": 96, "height": 96, "color": "rgb", "scale": 1 / 255, "offset": 0.0, "crop_margin": 0.15},
        "output": "logits",
        "smoothing": {"window": 3},
        "golden": golden,
        "golden_tolerance": 0.001,
    }
    (pack / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    WRONG.mkdir(exist_ok=True)
    (WRONG / "size.tflite").write_bytes(convert(net(64, 3)))
    (WRONG / "classes.tflite").write_bytes(convert(net(96, 4)))
    (WRONG / "int8.tflite").write_bytes(convert(net(96, 3), quantized=True))


if __name__ == "__main__":
    main()
