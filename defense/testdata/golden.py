"""Writes smoothing.json: pictures smoothed by the Adversarial Robustness Toolbox, which the Go code is tested against.

With --check it compares the committed file with what the toolbox gives now, and exits 1 on a difference.
Needs adversarial-robustness-toolbox==1.20.1.
"""

import argparse
import base64
import json
import sys
from pathlib import Path

import numpy as np
from art.defences.preprocessor import SpatialSmoothing

FILE = Path(__file__).with_name("smoothing.json")
SIZES = [(1, 1), (1, 7), (9, 1), (2, 3), (3, 3), (4, 4), (5, 2), (8, 13), (17, 16), (24, 31)]  # height, width
WINDOWS = [1, 3, 5, 7, 9]


def picture(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """A slope in each channel with noise and specks: height x width x 3, uint8."""
    rows, cols = np.mgrid[:height, :width]
    slope = np.stack([9 * rows, 7 * cols, 255 - 5 * (rows + cols)], axis=-1)
    noisy = slope + rng.normal(0, 12, slope.shape)
    specks = rng.random(slope.shape) < 0.08
    noisy[specks] = rng.choice([0, 255], specks.sum())
    return np.clip(noisy, 0, 255).astype(np.uint8)


def encode(pixels: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(pixels).tobytes()).decode()


def smooth(pixels: np.ndarray, window: int) -> np.ndarray:
    """ART's answer for one picture; it takes floats, and a median of integers is one of them."""
    median = SpatialSmoothing(window_size=window, channels_first=False)
    smoothed, _ = median(pixels[None].astype(np.float32))
    return smoothed[0].astype(np.uint8)


def cases() -> list[dict]:
    rng = np.random.default_rng(20180218)
    made = []
    for height, width in SIZES:
        pixels = picture(rng, height, width)
        made.append(
            {
                "height": height,
                "width": width,
                "pixels": encode(pixels),
                "smoothed": {str(window): encode(smooth(pixels, window)) for window in WINDOWS},
            }
        )
    return made


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    text = json.dumps(cases(), indent=1) + "\n"
    if not parser.parse_args().check:
        FILE.write_text(text)
        return 0
    if not FILE.exists() or FILE.read_text() != text:
        print(f"{FILE}: not what ART gives now; run {Path(__file__).name} and review the difference", file=sys.stderr)
        return 1
    print(f"{FILE}: as ART gives")
    return 0


if __name__ == "__main__":
    sys.exit(main())
