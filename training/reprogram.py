"""Makes packs do another task: python -m training.reprogram --packs DIR [DIR …] [--write FILE].

An adversarial program (Elsayed et al. 2018, arXiv:1806.11146): a border is learned that, put around a small picture of another task, makes
the network's labels answer that task. The network itself stays as it is. The pictures are drawn, so no data is needed.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # a quarter faster where it is not the default

import cv2
import keras
import numpy as np
import tensorflow as tf

from training import publish
from training.attacks import Network, calls
from training.defense import squeeze
from training.measure.parts import Parts
from training.measure.subject import open_subject
from training.net.model import CLASSES, SIZE
from training.pack.manifest import PackError
from training.plain import plain

SIDE = 40  # of the other task's pictures, in the middle
STEPS, BATCH, RATE = 300, 24, 0.05
TESTED, SEED, TEST_SEED = 600, 1, 2
MARKS = ("<!-- reprogram: written by make reprogram -->", "<!-- end of reprogram -->")
Draw = Callable[[int, np.random.Generator], tuple[np.ndarray, np.ndarray]]


def brighter(count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Pictures float32 [n, SIDE, SIDE, 3] in [0, 1] one side of which is brighter; 0: the left, 1: the right."""
    answers = rng.integers(0, 2, count)
    level, apart = rng.uniform(0.25, 0.75, (count, 1, 1, 3)), rng.uniform(0.05, 0.2, (count, 1, 1, 1))
    side = np.where(np.arange(SIDE) < SIDE // 2, 1, -1)[None, None, :, None] * np.where(answers, -1, 1)[:, None, None, None]
    noise = rng.normal(0, 0.05, (count, SIDE, SIDE, 3))
    return np.clip(level + side * apart + noise, 0, 1).astype(np.float32), answers


def shapes(count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of a flat shape on a plain ground; 0: a disc, 1: a square, 2: a triangle."""
    answers, pictures = rng.integers(0, 3, count), np.empty((count, SIDE, SIDE, 3), np.float32)
    for picture, answer in zip(pictures, answers, strict=True):
        ground = rng.uniform(0, 1, 3)
        color = np.clip(ground + rng.choice([-1, 1], 3) * rng.uniform(0.3, 0.7, 3), 0, 1)
        picture[:] = ground
        radius = int(rng.integers(9, 15))
        x, y = (int(v) for v in rng.integers(radius + 1, SIDE - radius - 1, 2))
        if answer == 0:
            cv2.circle(picture, (x, y), radius, color.tolist(), -1)
        elif answer == 1:
            cv2.rectangle(picture, (x - radius, y - radius), (x + radius, y + radius), color.tolist(), -1)
        else:
            corners = np.array([[x, y - radius], [x - radius, y + radius], [x + radius, y + radius]], np.int32)
            cv2.fillPoly(picture, [corners], color.tolist())
    return pictures, answers


# The label that stands for each answer: for two answers, those that are farthest apart.
TASKS: dict[str, tuple[Draw, tuple[int, ...]]] = {
    "which side is brighter": (brighter, (CLASSES.index("correct"), CLASSES.index("none"))),
    "disc, square or triangle": (shapes, tuple(range(len(CLASSES)))),
}


def framed(pictures: np.ndarray, border: np.ndarray) -> np.ndarray:
    """The pictures in the middle of a border [SIZE, SIZE, 3]."""
    edge = (SIZE - SIDE) // 2
    whole = np.repeat(border[None].astype(np.float32), len(pictures), axis=0)
    whole[:, edge : edge + SIDE, edge : edge + SIDE] = pictures
    return whole


def program(network: Network, draw: Draw, labels: tuple[int, ...], steps: int, seed: int = SEED) -> np.ndarray:
    """A border float32 [SIZE, SIZE, 3] in [0, 1] that was learned so that the network gives labels[answer]."""
    rng = np.random.default_rng(seed)
    weights = tf.Variable(tf.random.stateless_normal([SIZE, SIZE, 3], [seed, 0]))
    inside = framed(np.ones((1, SIDE, SIDE, 3), np.float32), np.zeros((SIZE, SIZE, 3)))
    optimizer = keras.optimizers.Adam(RATE)
    optimizer.build([weights])

    @tf.function(reduce_retracing=True)
    def step(pictures: tf.Tensor, wanted: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            seen = tf.where(inside > 0, pictures, tf.sigmoid(weights)[None])
            cost = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=wanted, logits=network(seen)))
        optimizer.apply_gradients([(tape.gradient(cost, weights), weights)])

    for _ in range(steps):
        pictures, answers = draw(BATCH, rng)
        step(framed(pictures, np.zeros((SIZE, SIZE, 3))), np.array(labels, np.int32)[answers])
    return tf.sigmoid(weights).numpy()


def judge(network: Network, draw: Draw, labels: tuple[int, ...], border: np.ndarray) -> dict:
    """Accuracy with the border, and with a gray one under the best reading of labels as answers."""
    pictures, answers = draw(TESTED, np.random.default_rng(TEST_SEED))
    said = calls.labels_of(network, framed(pictures, border))
    plainly = calls.labels_of(network, framed(pictures, np.full((SIZE, SIZE, 3), 0.5)))
    readings = itertools.product(range(len(labels)), repeat=len(CLASSES))
    best = max(int((np.array(reading)[plainly] == answers).sum()) for reading in readings)
    return {
        "programmed": squeeze.proportion(int((said == np.array(labels)[answers]).sum()), TESTED),
        "unprogrammed": squeeze.proportion(best, TESTED),
        "chance": round(1 / len(labels), 4),
    }


def measure(packs: list[Path], work: Path, steps: int = STEPS) -> dict:
    """Every task on every pack; finished ones are kept in work. Raises PackError."""
    subjects = [open_subject(folder) for folder in packs]
    parts = Parts(work / "parts", {f"{s.sha256}-{i}": 40.0 for s in subjects for i in range(len(TASKS))})
    found: dict = {"steps": steps, "packs": {}}
    for subject in subjects:
        network, rows = subject.network("alone"), {}
        for i, (task, (draw, labels)) in enumerate(TASKS.items()):
            key = {"model": subject.sha256, "task": task, "steps": steps, "batch": BATCH, "side": SIDE}
            run = lambda n=network, d=draw, a=labels: judge(n, d, a, program(n, d, a, steps))  # noqa: E731
            rows[task] = parts.measure(f"{subject.sha256}-{i}", key, run)
        found["packs"][f"{subject.manifest['name']} {subject.manifest['version']}"] = rows
    return found


def table(result: dict) -> str:
    """One row for each pack and task."""
    lines = ["| pack | other task | chance | gray border | 95 % | learned border | 95 % |", "| --- |" + " --- |" * 6]
    for pack, rows in result["packs"].items():
        for task, row in rows.items():
            shares = (row[name] for name in ("unprogrammed", "programmed"))
            cells = [f"{s['value']:.3f} | {s['interval95'][0]:.2f} to {s['interval95'][1]:.2f}" for s in shares]
            lines.append(f"| {pack} | {task} | {row['chance']:.3f} | {' | '.join(cells)} |")
    return "\n".join(lines)


def section(result: dict) -> str:
    """The table with what it is of, for a document."""
    return "\n".join(
        [
            f"`make reprogram WRITE=1` learned a border around pictures of {SIDE} pixels, in {result['steps']} steps of {BATCH} pictures.",
            f"Accuracies are on {TESTED} other pictures, with 95 % intervals (Clopper-Pearson). With the gray border, labels are read",
            "as the answers that fit best.",
            "",
            table(result),
        ]
    )


def main(arguments: list[str] | None = None) -> int:
    """Prints the table; returns 0, 65 for unusable input, 130 when interrupted."""
    parser = argparse.ArgumentParser(prog="python -m training.reprogram", description=__doc__.splitlines()[0])
    parser.add_argument("--packs", type=Path, nargs="+", required=True, help="folders of the model packs")
    parser.add_argument("--work", type=Path, default=Path(".cache/reprogram"), help="folder of finished parts; a run there goes on")
    parser.add_argument("--steps", type=int, default=STEPS, help=f"of a border; the figures are of {STEPS}")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table between the marks of this document")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    args = parser.parse_args(arguments)
    try:
        result = measure(args.packs, args.work, args.steps)
        if args.write:
            publish.put(args.write, section(result), MARKS)
    except (PackError, publish.PublishError, OSError) as err:
        print(f"error: {plain(err)}", file=sys.stderr)
        return 65
    except KeyboardInterrupt:
        print(f"interrupted; what was learned is kept in {args.work}: run it again to go on", file=sys.stderr)
        return 130
    print(json.dumps(result) if args.json else plain(table(result)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
