"""Makes the small models that the Go tests use: a whole pack, and models that do not fit its manifest.

The pack is not signed: a test signs a copy with a key of its own.
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
CLASSES = ["none", "correct", "incorrect"]
SIZE = 96


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


def convert(model: keras.Model, kind: str = "float32", io: tf.DType = tf.float32) -> bytes:
    """The model as a TensorFlow Lite file of a kind: float32, float16 or int8; its batch is dynamic."""
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if kind != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if kind == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if kind == "int8":
        size = model.input_shape[1]
        pictures = [drawn(i, size) for i in range(16)] + [golden_image(i, size) for i in range(4)]
        converter.representative_dataset = lambda: ([p[None].astype(np.float32) / 255] for p in pictures)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = io
    return converter.convert()


def golden_image(seed: int, size: int) -> np.ndarray:
    """xorshift32 (Marsaglia 2003), the upper byte of each state; uint8 RGB [size, size, 3]."""
    state = seed * 2654435761 % 2**32 or 1
    out = bytearray()
    for _ in range(size * size * 3):
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
        out.append(state >> 24)
    return np.frombuffer(bytes(out), np.uint8).reshape(size, size, 3)


def drawn(i: int, size: int) -> np.ndarray:
    """Stripes of two colors that differ with i; uint8 RGB [size, size, 3]."""
    random = np.random.default_rng(i)
    y, x = np.mgrid[:size, :size]
    stripes = np.sin((x * random.uniform(-1, 1) + y * random.uniform(-1, 1)) / random.uniform(2, 9))[..., None] > 0
    return np.where(stripes, random.integers(0, 256, 3), random.integers(0, 256, 3)).astype(np.uint8)


def logits(model: bytes, image: np.ndarray) -> list[float]:
    """The answer of a TensorFlow Lite file to one picture."""
    interpreter = tf.lite.Interpreter(model_content=model)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image[None].astype(np.float32) / 255)
    interpreter.invoke()
    return [float(v) for v in interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0]]


def golden(models: dict[str, bytes], pack: Path) -> list[dict]:
    """Known answers: four pictures by their seeds, and the first drawn one of each class that the models agree on."""
    found = [{"seed": seed, "logits": {k: logits(m, golden_image(seed, SIZE)) for k, m in models.items()}} for seed in range(4)]
    seen = set()
    for i in range(60):
        answers = {k: logits(m, drawn(i, SIZE)) for k, m in models.items()}
        labels = {CLASSES[int(np.argmax(v))] for v in answers.values()}
        if len(labels) == 1 and not labels <= seen:
            label = labels.pop()
            seen.add(label)
            file = f"golden/{label}-1.png"
            (pack / file).write_bytes(tf.io.encode_png(drawn(i, SIZE)).numpy())
            found.append({"file": file, "label": label, "logits": answers})
    return found


def main() -> None:
    """Writes the pack and the wrong models."""
    model = net(SIZE, len(CLASSES))
    files = {"float32": "model.tflite", "float16": "model-float16.tflite", "int8": "model-int8.tflite"}
    pack = HERE / "tiny"
    for folder in (pack / "golden", pack / "patches", WRONG):
        folder.mkdir(parents=True, exist_ok=True)
    models = {kind: convert(model, kind) for kind in files}
    for kind, file in files.items():
        (pack / file).write_bytes(models[kind])
    (pack / "patches" / "none-correct-2.png").write_bytes(tf.io.encode_png(drawn(0, 14)).numpy())
    manifest = {
        "format": 2,
        "name": "tiny",
        "version": 3,
        "classes": CLASSES,
        "input": {"width": SIZE, "height": SIZE, "color": "rgb", "scale": 1 / 255, "offset": 0.0, "crop_margin": 0.15},
        "output": "logits",
        "smoothing": {"window": 3},
        "masking": {"fill": 128, "masks_per_axis": 3, "patch": 14},
        "squeezing": {"bits": 5, "window": 3, "threshold": 0.91, "false_positive_rate": 0.05},
        "models": files,
        "golden": golden(models, pack),
        "golden_tolerance": {"float32": 0.001, "float16": 0.02, "int8": 0.5},
        "patches": [{"file": "patches/none-correct-2.png", "from": "none", "to": "correct", "area": 0.02, "success": 0.12, "images": 353}],
    }
    listed = sorted(p for p in pack.rglob("*") if p.is_file() and p.name != "manifest.json")
    manifest["files"] = {p.relative_to(pack).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in listed}
    (pack / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    (WRONG / "size.tflite").write_bytes(convert(net(64, 3)))
    (WRONG / "classes.tflite").write_bytes(convert(net(96, 4)))
    (WRONG / "int8.tflite").write_bytes(convert(net(96, 3), "int8", tf.int8))


if __name__ == "__main__":
    main()
