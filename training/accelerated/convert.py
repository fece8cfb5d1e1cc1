"""Weights for a run on an accelerator from a model.keras, and back: python -m training.accelerated.convert FROM TO."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import keras

from training.accelerated import weights
from training.fit.settings import ROBUST
from training.net.light import normalizes
from training.net.model import Architecture, adopt, build


def to_arrays(path: Path, blocks: int, light: bool | None) -> weights.Arrays:
    """The weights of a Keras file, with blocks that begin as the identity; light None: as the file has it."""
    model = keras.models.load_model(path, compile=False)
    s = ROBUST
    grown = build(Architecture(tuple(s.stem), blocks, s.squeeze, s.dropout, False))
    adopt(grown, model)
    light = normalizes(model) if light is None else light
    return weights.of_model(grown) | {weights.LIGHT: weights.light_of(light)}


def to_model(arrays: weights.Arrays) -> keras.Model:
    """The Keras network of the weights."""
    model = build(weights.architecture(ROBUST, arrays))
    weights.into_model(model, arrays)
    return model


def main(arguments: list[str] | None = None) -> int:
    """Converts by the ending of FROM."""
    parser = argparse.ArgumentParser(prog="python -m training.accelerated.convert", description=__doc__)
    parser.add_argument("source", type=Path, help="model.keras, or what a run wrote (.npz)")
    parser.add_argument("to", type=Path, help="the .npz or .keras file to write")
    parser.add_argument("--blocks", type=int, default=ROBUST.blocks, help="of the network that is written as .npz")
    parser.add_argument("--half", action="store_true", help="write float16, for a file that is kept")
    parser.add_argument(
        "--light", action=argparse.BooleanOptionalAction, help="whether the network normalizes light; left out: as in the file"
    )
    args = parser.parse_args(arguments)
    if args.source.suffix == ".npz":
        to_model(weights.load(args.source)).save(args.to)
    else:
        weights.save(args.to, to_arrays(args.source, args.blocks, args.light), args.half)
    return 0


if __name__ == "__main__":
    sys.exit(main())
