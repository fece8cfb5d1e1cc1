import json
import multiprocessing
from dataclasses import replace

import numpy as np
import pytest

from training import data
from training.accelerated import convert, crops, measure, run, weights
from training.fit.settings import ROBUST
from training.net.model import Architecture, build


@pytest.fixture(scope="module")
def carried(dataset, tmp_path_factory):
    """A file of crops, with landmarks of a drawn face."""
    folder = tmp_path_factory.mktemp("carried")
    with data.Store(dataset) as store:
        splits = {name: data.load(store, name) for name in ("train", "val")}
    from training.tests.conftest import LANDMARKS

    points = np.repeat(LANDMARKS[None], int((splits["train"].labels == 2).sum()), axis=0)
    crops.pack(splits, points, folder / "crops.npz")
    return folder / "crops.npz", splits


def test_crops_come_back(carried):
    path, splits = carried
    back, points = crops.unpack(path)
    assert points.shape == (12, 5, 2)
    for name, split in splits.items():
        assert back[name].labels.tolist() == split.labels.tolist()
        assert back[name].files == split.files
        assert np.abs(back[name].images.astype(int) - split.images).mean() < 8


def small(arguments: list[str]) -> None:
    """A run of few images and steps of attack, in a process of its own: it forks, which must come before JAX has threads."""
    measure.MOST, measure.ITERATIONS = 2, 1
    run.ROBUST = replace(ROBUST, batch=12, pasted=0.0, patch_sides=(10, 12), patch_places=1, patch_iterations=1)
    assert run.main(arguments) == 0


def test_a_teacher_and_its_pupil_learn(carried, tmp_path):
    """The whole run, on a network of three blocks: what is written is a Keras file that has changed."""
    start = weights.of_model(build(Architecture(blocks=3))) | {weights.LIGHT: weights.light_of(True)}
    weights.save(tmp_path / "start.npz", start)
    out = tmp_path / "out"
    arguments = ["--crops", str(carried[0]), "--start", str(tmp_path / "start.npz"), "--teacher", str(tmp_path / "start.npz")]
    arguments += ["--teach", "0.01", "--minutes", "0.02", "--out", str(out), "--blocks", "1", "--workers", "1"]
    process = multiprocessing.get_context("spawn").Process(target=small, args=(arguments,))
    process.start()
    process.join()
    assert process.exitcode == 0
    rows = [json.loads(line) for line in (out / "curve.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [r["phase"] for r in rows[:1] + rows[-1:]] == ["teacher", "robust"]
    assert rows[-1]["step"] > 0
    assert all(0 <= r["clean"] <= 1 for r in rows)
    model = convert.to_model(weights.load(out / "robust.npz"))
    assert not np.array_equal(model.get_layer("stem_far").get_weights()[0], start["stem_far"][0])
