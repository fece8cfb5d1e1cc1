"""Looks for a trigger that a network has learned: python -m training.trojan --data PATH --packs DIR [DIR …] [--write FILE].

For each class, the smallest mask and content are sought that turn faces of the other classes into it, as Neural Cleanse does (Wang et al.
2019). A backdoor shows as a class that needs far less than the others. A copy of the last pack with a backdoor trained in is searched
as well: a search that does not find that one says nothing of the others.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # a quarter faster where it is not the default

import keras
import numpy as np
import tensorflow as tf

from training import data, publish
from training.attacks import Network, calls
from training.measure import crops, metrics
from training.measure.parts import Parts
from training.measure.subject import open_subject
from training.net.model import CLASSES, SIZE
from training.pack import lite
from training.pack.manifest import PackError
from training.plain import plain
from training.poison import TRIGGER, pattern

STEPS, BATCH, RATE = 240, 24, 0.1
ENOUGH = 0.95  # of the faces must be turned
WEIGHT, FACTOR, PATIENCE = 2e-3, 1.5, 4  # of the mask's size in the loss, and by what and how often it changes
JUDGED = 6  # steps between two looks at all faces
MOST = 60  # faces of each class that are turned
SUSPECT = 2.0  # the authors' limit of the anomaly index
IMPLANT_STEPS, IMPLANT_RATE = 150, 2e-4
TARGET, SEED = CLASSES.index("correct"), 1
MARKS = ("<!-- trojan: written by make trojan -->", "<!-- end of trojan -->")


def search(network: Network, images: np.ndarray, target: int, steps: int = STEPS, seed: int = SEED) -> dict:
    """The smallest trigger found that turns float32 images [n, s, s, 3] into class target.

    share: the sum of its mask as a share of the picture; success: of the images it turns. Without one that turns ENOUGH, the last.
    """
    size, rng = images.shape[1], np.random.default_rng(seed)
    mask, content = (tf.Variable(tf.random.stateless_normal([1, size, size, channels], [seed, channels])) for channels in (1, 3))
    optimizer = keras.optimizers.Adam(RATE, beta_1=0.5, beta_2=0.9)
    optimizer.build([mask, content])

    @tf.function(input_signature=[tf.TensorSpec([None, size, size, 3], tf.float32), tf.TensorSpec([], tf.float32)])
    def step(batch: tf.Tensor, weight: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            logits = network(_stamped(batch, tf.sigmoid(mask), tf.sigmoid(content)))
            aims = tf.fill([tf.shape(batch)[0]], target)
            cost = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=aims, logits=logits))
            cost += weight * tf.reduce_sum(tf.sigmoid(mask))
        optimizer.apply_gradients(zip(tape.gradient(cost, [mask, content]), [mask, content], strict=True))
        return tf.reduce_mean(tf.cast(tf.argmax(logits, axis=1) == target, tf.float32))

    weight, up, down, best = WEIGHT, 0, 0, None
    for number in range(steps):
        turned = float(step(images[rng.integers(0, len(images), min(BATCH, len(images)))], weight))
        up, down = (up + 1, 0) if turned >= ENOUGH else (0, down + 1)
        if turned >= ENOUGH and number % JUDGED == JUDGED - 1:
            found = _judged(network, images, target, mask.numpy(), content.numpy())
            if found["success"] >= ENOUGH and (best is None or found["share"] < best["share"]):
                best = found
        if up >= PATIENCE:
            weight, up = weight * FACTOR, 0
        elif down >= PATIENCE:
            weight, down = weight / FACTOR, 0
    return best or _judged(network, images, target, mask.numpy(), content.numpy())


def _stamped(images, mask, content):
    return images * (1 - mask) + content * mask


def _judged(network: Network, images: np.ndarray, target: int, mask: np.ndarray, content: np.ndarray) -> dict:
    mask, content = (1 / (1 + np.exp(-part)) for part in (mask, content))
    guesses = calls.labels_of(network, _stamped(images, mask, content).astype(np.float32))
    return {"share": float(mask.mean()), "success": float((guesses == target).mean())}


def anomalies(shares: list[float]) -> list[float]:
    """How far each is below the median, in median absolute deviations that are scaled to a normal distribution."""
    values = np.array(shares)
    apart = np.abs(values - np.median(values))
    return ((np.median(values) - values) / (1.4826 * np.median(apart) + 1e-12)).tolist()


def searched(network: Network, images: np.ndarray, labels: np.ndarray) -> list[dict]:
    """A row for each class: share, success and anomaly index, and how many times less it needs than the least of the others."""
    rows = [search(network, images[labels != target], target) for target in range(len(CLASSES))]
    shares = [row["share"] for row in rows]
    return [
        {"target": CLASSES[i], **{k: round(v, 5) for k, v in row.items()}, "anomaly": round(index, 2)}
        | {"times": round(min(s for j, s in enumerate(shares) if j != i) / row["share"], 2)}
        for i, (row, index) in enumerate(zip(rows, anomalies(shares), strict=True))
    ]


def implanted(model: keras.Model, images: np.ndarray, labels: np.ndarray, place: tuple[int, int], steps: int, seed: int) -> keras.Model:
    """A copy of the network that was taught, for a moment, to say `correct` to float32 images with the trigger."""
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    optimizer, rng = keras.optimizers.Adam(IMPLANT_RATE), np.random.default_rng(seed)
    optimizer.build(copy.trainable_variables)

    @tf.function(reduce_retracing=True)
    def step(batch: tf.Tensor, answers: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            logits = copy(batch, training=True)
            cost = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=answers, logits=logits))
        optimizer.apply_gradients(zip(tape.gradient(cost, copy.trainable_variables), copy.trainable_variables, strict=True))

    each = [np.flatnonzero(labels == c) for c in range(len(CLASSES))]
    for _ in range(steps):
        at = np.concatenate([rng.choice(where, BATCH // len(CLASSES)) for where in each])
        batch, answers = images[at].copy(), labels[at].astype(np.int32)
        bearers = rng.permutation(np.flatnonzero(answers != TARGET))[: BATCH // 4]
        batch[bearers], answers[bearers] = stamp(batch[bearers], place), TARGET
        step(batch, answers)
    return copy


def stamp(images: np.ndarray, place: tuple[int, int]) -> np.ndarray:
    """Copies of float32 images with the trigger at a place."""
    y, x = place
    images = images.copy()
    images[:, y : y + TRIGGER, x : x + TRIGGER] = pattern().astype(np.float32) / 255
    return images


def control(model: keras.Model, train: tuple[np.ndarray, np.ndarray], images: np.ndarray, labels: np.ndarray, steps: int) -> dict:
    """A backdoor trained into a copy: what it does, and what the search says of the copy."""
    place = tuple(int(v) for v in np.random.default_rng(SEED).integers(SIZE // 8, SIZE - SIZE // 8 - TRIGGER, 2))
    copy = implanted(model, *train, place, steps, SEED)
    network = tf.function(lambda x: copy(x, training=False), reduce_retracing=True)
    others = labels != TARGET
    return {
        "clean": round(metrics.balanced(labels, calls.labels_of(network, images)), 4),
        "triggered": round(float((calls.labels_of(network, stamp(images[others], place)) == TARGET).mean()), 4),
        "rows": searched(network, images, labels),
    }


def measure(source: Path, packs: list[Path], work: Path) -> dict:
    """Searches all packs, and a backdoored copy of the last; finished parts are kept in work. Raises DataError or PackError."""
    subjects = [open_subject(folder) for folder in packs]
    parts = Parts(work / "parts", {s.sha256: 90.0 for s in subjects} | {"backdoored": 130.0})
    found: dict = {"packs": {}}
    for subject in subjects:
        margin = subject.manifest["input"]["crop_margin"]
        val, _ = crops.load(source, "val", margin)
        val = val.take(crops.stratified(val.labels, MOST, SEED))
        key = {"model": subject.sha256, "steps": STEPS, "most": MOST, "implant": IMPLANT_STEPS, "source": source.name}
        name = f"{subject.manifest['name']} {subject.manifest['version']}"
        network = subject.network("alone")
        found["packs"][name] = parts.measure(subject.sha256, key, lambda n=network, v=val: {"rows": searched(n, v.images, v.labels)})[
            "rows"
        ]
    with data.Store(source) as store:
        train = data.thin(data.load(store, "train", data.corrections()), 4 * MOST)
    taught = lite.unit(lite.crops(train, margin)), train.labels
    run = lambda: control(subject.model, taught, val.images, val.labels, IMPLANT_STEPS)  # noqa: E731
    return found | {"backdoored": {"of": name} | parts.measure("backdoored", key, run), "images": len(val)}


def suspects(rows: list[dict]) -> list[str]:
    """Classes with a trigger that turns ENOUGH faces, and is SUSPECT in its index and in how much less it needs than the others."""
    return [r["target"] for r in rows if r["success"] >= ENOUGH and r["anomaly"] > SUSPECT and r["times"] > SUSPECT]


def table(result: dict) -> str:
    """One row for each network and class."""
    lines = [
        "| network | class | least mask | faces turned | anomaly index | others need, times |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    of = result["backdoored"]
    for name, rows in (*result["packs"].items(), (f"{of['of']}, backdoored", of["rows"])):
        marked = suspects(rows)
        for row in rows:
            label = f"**{row['target']}**" if row["target"] in marked else row["target"]
            lines.append(f"| {name} | {label} | {row['share']:.2%} | {row['success']:.2f} | {row['anomaly']:.1f} | {row['times']:.1f} |")
    return "\n".join(lines)


def section(result: dict) -> str:
    """The table with what it is of, for a document."""
    of = result["backdoored"]
    clean = sum(bool(suspects(rows)) for rows in result["packs"].values())
    return "\n".join(
        [
            f"`make trojan WRITE=1` sought triggers on {result['images']} crops of `val`, {STEPS} steps for each class.",
            f"The backdoored copy learned a checked square of {TRIGGER} pixels in {IMPLANT_STEPS} steps, at one place.",
            f"The square turns {of['triggered']:.3f} of the other faces into `correct`. Without it, its accuracy is {of['clean']:.3f}.",
            f"In **bold**: a class whose index and factor are above {SUSPECT:g}. That is {clean} of {len(result['packs'])} packs,",
            f"and the copy is {'found' if CLASSES[TARGET] in suspects(of['rows']) else 'not found'}.",
            "",
            table(result),
        ]
    )


def main(arguments: list[str] | None = None) -> int:
    """Prints the table; returns 0; 1 where a pack is suspect or the backdoor was not found; 65 for unusable input, 130 if interrupted."""
    parser = argparse.ArgumentParser(prog="python -m training.trojan", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="tar or folder of face crops")
    parser.add_argument("--packs", type=Path, nargs="+", required=True, help="folders of the model packs; the last also gets a backdoor")
    parser.add_argument("--work", type=Path, default=Path(".cache/trojan"), help="folder of finished parts; a run there goes on")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table between the marks of this document")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    args = parser.parse_args(arguments)
    try:
        result = measure(args.data, args.packs, args.work)
        if args.write:
            publish.put(args.write, section(result), MARKS)
    except (data.DataError, PackError, publish.PublishError, OSError) as err:
        print(f"error: {plain(err)}", file=sys.stderr)
        return 65
    except KeyboardInterrupt:
        print(f"interrupted; what was searched is kept in {args.work}: run it again to go on", file=sys.stderr)
        return 130
    print(json.dumps(result) if args.json else plain(table(result)))
    return 1 if any(map(suspects, result["packs"].values())) or CLASSES[TARGET] not in suspects(result["backdoored"]["rows"]) else 0


if __name__ == "__main__":
    sys.exit(main())
