"""TensorFlow Lite forms of the network: float32, float16 weights, and int8 inside, with float32 at both ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from training import data
from training.net.light import normalizes
from training.net.model import CLASSES, SIZE
from training.pack.equalize import equalized

FILES = {"float32": "model.tflite", "float16": "model-float16.tflite", "int8": "model-int8.tflite"}
CALIBRATIONS = (16, 32, 128)  # crops of each class that int8's ranges may be taken from; `val` chooses
BATCH = 64
# What net/light.py is made of, and the network behind it is not. In int8 a dim picture's variance would be less than one level.
FLOAT = ["SUB", "ABS", "REDUCE_MAX", "MUL", "MINIMUM", "MAXIMUM", "SUM", "DIV", "MEAN", "SQUARED_DIFFERENCE", "RSQRT"]


def constant_call(model: keras.Model) -> tf.types.experimental.ConcreteFunction:
    """The network as a concrete function image [n, 96, 96, 3] -> logits [n, 3] without variables."""
    # TensorFlow 2.18's converter loses the variables of a Keras 3 model, so they go in as constants.
    fixed = [tf.constant(v.numpy()) for v in model.trainable_variables]
    other = [tf.constant(v.numpy()) for v in model.non_trainable_variables]
    call = tf.function(lambda image: model.stateless_call(fixed, other, image, training=False)[0])
    return call.get_concrete_function(tf.TensorSpec([None, SIZE, SIZE, 3], tf.float32, name="image"))


def convert(model: keras.Model, kind: str, calibration: np.ndarray) -> bytes:
    """The network as a TensorFlow Lite file of a kind of FILES, with a free batch dimension.

    calibration: uint8 [n, 96, 96, 3] images that int8's activation ranges are taken from (Jacob et al. 2018, arXiv:1712.05877:
    weights per output channel, activations per tensor). Inputs, outputs and the operations of FLOAT are float32 in every kind.
    """
    converter = tf.lite.TFLiteConverter.from_concrete_functions([constant_call(model)])
    if kind != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if kind == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if kind == "int8":
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.representative_dataset = lambda: _samples(calibration)
    if kind != "int8" or not normalizes(model):
        return converter.convert()
    converter.target_spec.supported_ops += [tf.lite.OpsSet.TFLITE_BUILTINS]
    # TensorFlow's converter leaves operations out of int8 only by way of its debugger.
    options = tf.lite.experimental.QuantizationDebugOptions(denylisted_ops=FLOAT, fully_quantize=False)
    debugger = tf.lite.experimental.QuantizationDebugger(
        converter=converter, debug_dataset=lambda: _samples(calibration[:1]), debug_options=options
    )
    return debugger.get_nondebug_quantized_model()


def write(model: keras.Model, folder: Path, train: data.Split, val: data.Split, margin: float) -> int:
    """Writes FILES into folder; returns how many crops of `train` int8 was calibrated on.

    More crops widen int8's ranges, fewer cut them off: what keeps the logits of `val` nearest to the float ones is taken.
    """
    compared = crops(val, margin)
    want = answers(model, compared)
    for kind in ("float32", "float16"):
        (folder / FILES[kind]).write_bytes(convert(model, kind, compared))
    file, best, chosen, used = folder / FILES["int8"], np.inf, b"", 0
    for most in CALIBRATIONS:
        images = crops(data.thin(train, most), margin)
        file.write_bytes(convert(equalized(model, unit(images)), "int8", images))
        error = float(np.mean((run_all(file, compared) - want) ** 2))
        if error < best:
            best, chosen, used = error, file.read_bytes(), len(images)
    file.write_bytes(chosen)
    return used


def crops(split: data.Split, margin: float) -> np.ndarray:
    """uint8 [n, 96, 96, 3]: the split's crops as the network sees them with `margin` around the face box."""
    return data.resize(data.recrop(split.images, margin), SIZE)


def answers(network: Callable, images: np.ndarray) -> np.ndarray:
    """Logits [n, 3] that a network of tensors gives uint8 images [n, 96, 96, 3], in batches."""
    parts = [np.asarray(network(tf.constant(unit(images[i : i + BATCH])))) for i in range(0, len(images), BATCH)]
    return np.concatenate(parts) if parts else np.zeros((0, len(CLASSES)), np.float32)


def run(path: Path, images: np.ndarray, plain: bool = False) -> np.ndarray:
    """Logits [n, 3] of float32 images [n, 96, 96, 3] in [0, 1], in one batch on one thread; `plain` leaves XNNPACK out."""
    resolver = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES if plain else OpResolverType.AUTO
    interpreter = Interpreter(str(path), num_threads=1, experimental_op_resolver_type=resolver)
    entry = interpreter.get_input_details()[0]["index"]
    interpreter.resize_tensor_input(entry, images.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(entry, images)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"]).copy()


def run_all(path: Path, images: np.ndarray) -> np.ndarray:
    """Logits [n, 3] of uint8 images [n, 96, 96, 3], in batches."""
    parts = [run(path, unit(images[i : i + BATCH])) for i in range(0, len(images), BATCH)]
    return np.concatenate(parts) if parts else np.zeros((0, len(CLASSES)), np.float32)


def unit(images: np.ndarray) -> np.ndarray:
    """float32 in [0, 1] of uint8 images."""
    return images.astype(np.float32) * np.float32(1 / 255)


def _samples(images: np.ndarray) -> Iterator[list[np.ndarray]]:
    for image in images:
        yield [unit(image[None])]
