"""Generated faces: no picture of a person is used in these tests."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
ROOT = Path(__file__).parents[2]
LANDMARKS = np.array([[0.35, 0.4], [0.65, 0.4], [0.5, 0.58], [0.39, 0.72], [0.61, 0.72]], np.float32)


def face(rng: np.random.Generator, size: int = 128) -> np.ndarray:
    """A drawn unmasked face, uint8 RGB [size, size, 3], whose landmarks are LANDMARKS."""
    image = np.full((size, size, 3), rng.integers(40, 200, 3), np.uint8)
    skin = tuple(int(v) for v in rng.integers((120, 80, 60), (240, 200, 180)))
    cv2.ellipse(image, (size // 2, int(size * 0.55)), (int(size * 0.36), int(size * 0.46)), 0, 0, 360, skin, -1, cv2.LINE_AA)
    for x, y in LANDMARKS[:2]:
        cv2.ellipse(image, (int(x * size), int(y * size)), (size // 14, size // 28), 0, 0, 360, (250, 250, 250), -1, cv2.LINE_AA)
        cv2.circle(image, (int(x * size), int(y * size)), size // 32, (30, 20, 20), -1, cv2.LINE_AA)
    x, y = LANDMARKS[2]
    cv2.line(image, (size // 2, int(size * 0.44)), (int(x * size), int(y * size)), (90, 60, 50), 2, cv2.LINE_AA)
    left, right = (tuple(int(v * size) for v in p) for p in LANDMARKS[3:])
    cv2.line(image, left, right, (150, 40, 50), 4, cv2.LINE_AA)
    return image


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.fixture(scope="session")
def centerface() -> Path:
    path = Path(os.environ.get("MASKWARDEN_CENTERFACE", ROOT / ".cache/assets/centerface.onnx"))
    assert path.is_file(), f"{path} is missing: run `make setup`, or set MASKWARDEN_CENTERFACE"
    return path


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A <split>/<label>/ folder of drawn faces, 12 of each label in train and 6 in val and test."""
    from training.draw.masks import INCORRECT, draw

    root, rng = tmp_path_factory.mktemp("drawn"), np.random.default_rng(3)
    for split, count in (("train", 12), ("val", 6), ("test", 6)):
        for label in ("correct", "incorrect", "none"):
            folder = root / split / label
            folder.mkdir(parents=True)
            for i in range(count):
                image = face(rng)
                if label != "none":
                    state = "correct" if label == "correct" else INCORRECT[i % len(INCORRECT)]
                    image = draw(image, LANDMARKS * 128, state, rng)
                cv2.imwrite(str(folder / f"{i:03d}.png"), image[..., ::-1])
    return root


@pytest.fixture(scope="module")
def network():
    """A net of one convolution that has learned nothing."""
    import keras

    keras.utils.set_random_seed(4)
    layers = [keras.Input((96, 96, 3)), keras.layers.Conv2D(8, 7, 4, activation="relu"), keras.layers.Flatten(), keras.layers.Dense(3)]
    return keras.Sequential(layers)


@pytest.fixture(scope="module")
def batch():
    """24 pictures of noise, float32 [24, 96, 96, 3], and their labels."""
    import tensorflow as tf

    rng = np.random.default_rng(2)
    return tf.constant(rng.uniform(0.2, 0.8, (24, 96, 96, 3)).astype(np.float32)), tf.constant(np.arange(24) % 3, tf.int32)
