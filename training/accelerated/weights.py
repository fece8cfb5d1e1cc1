"""Weights between Keras files and JAX, and a smaller network's in a larger one."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from training.fit.settings import Settings
from training.net.model import Architecture

LIGHT = "light"  # the entry of the weights that says whether the network normalizes light
Arrays = dict[str, tuple[np.ndarray, np.ndarray]]


def of_model(model) -> Arrays:
    """Kernel and bias of each layer of a Keras model that has them."""
    return {layer.name: tuple(layer.get_weights()) for layer in model.layers if layer.weights}


def into_model(model, weights: Arrays) -> None:
    """Sets them; raises KeyError for a layer that they lack."""
    for layer in model.layers:
        if layer.weights:
            layer.set_weights([np.asarray(v) for v in weights[layer.name]])


def save(path: Path, weights: Arrays, half: bool = False) -> None:
    """One .npz with name/kernel and name/bias; half: as float16, for a file that is kept."""
    kind = np.float16 if half else np.float32
    pairs = ((f"{name}/{part}", v) for name, pair in weights.items() for part, v in zip(("kernel", "bias"), pair, strict=True))
    np.savez_compressed(path, **{name: np.asarray(v, kind) for name, v in pairs})


def load(path: Path) -> Arrays:
    """What save wrote."""
    with np.load(path) as flat:
        names = sorted({key.rsplit("/", 1)[0] for key in flat})
        return {name: tuple(flat[f"{name}/{part}"].astype(np.float32) for part in ("kernel", "bias")) for name in names}


def architecture(s: Settings, arrays: Arrays) -> Architecture:
    """Of the settings, but with as many blocks as the weights have, and light as they say."""
    blocks = 1 + max(int(name[1:].split("_")[0]) for name in arrays if name.startswith("b") and name[1].isdigit())
    return Architecture(tuple(s.stem), blocks, s.squeeze, s.dropout, bool(arrays[LIGHT][0][0]))


def light_of(light: bool) -> tuple[np.ndarray, np.ndarray]:
    """The entry LIGHT of weights."""
    return np.array([float(light)]), np.zeros(1)
