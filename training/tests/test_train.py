"""From generated pictures through training and export to a pack that is opened again, in a few steps."""

import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from training import evaluate, export, train
from training.measure import metrics
from training.net.model import MARGIN, SIZE
from training.pack import golden, lite, manifest

TINY = ["--minimum", "4", "--patch-steps", "2"]


@pytest.fixture(scope="module")
def trained(dataset, centerface, tmp_path_factory) -> tuple[Path, Path, list[str]]:
    root = tmp_path_factory.mktemp("run")
    arguments = ["--data", str(dataset), "--out", str(root / "pack"), "--work", str(root / "work"), "--steps", "2", "--minimum", "4"]
    arguments += ["--centerface", str(centerface), "--set", "batch=6", "--set", "iterations=1"]
    assert train.main(arguments) == 0
    return root / "pack", root / "work", arguments


def test_a_run_leaves_pack_curves_and_settings(trained):
    pack, work, _ = trained
    rows = [json.loads(line) for line in (work / "curves.jsonl").read_text().splitlines()]
    assert [r["epoch"] for r in rows] == [1, 2]
    assert all(np.isfinite(r["loss"]) for r in rows)
    assert json.loads((work / "settings.json").read_text())["batch"] == 6
    record = json.loads((pack / "training.json").read_text())
    assert record["curves"] == rows
    assert record["best_epoch"] in (1, 2)
    assert record["data"]["train"]["images"] == {"correct": 12, "incorrect": 12, "none": 12}
    found = manifest.read(pack)
    assert found["classes"] == ["correct", "incorrect", "none"]
    assert found["input"] == {"width": 96, "height": 96, "color": "rgb", "scale": 1 / 255, "offset": 0.0, "crop_margin": MARGIN}
    assert json.loads((pack / "agreement.json").read_text())["images"] == 18


def test_a_second_call_resumes_and_other_settings_are_refused(trained, capsys):
    pack, work, arguments = trained
    before = (pack / "model.tflite").read_bytes()
    assert train.main(arguments) == 0
    assert "resuming after epoch 2" in capsys.readouterr().out
    assert (pack / "model.tflite").read_bytes() == before
    assert train.main([*arguments, "--set", "seed=9"]) == 78
    error = capsys.readouterr().err
    assert error == (
        f"error: {work / 'settings.json'}: holds a run with seed=1, this one has 9; delete the folder or give another --work\n"
    )


def test_tflite_agrees_with_keras_at_every_batch_and_runs_on_xnnpack(trained):
    pack, _, _ = trained
    model = keras.models.load_model(pack / "model.keras", compile=False)
    rng = np.random.default_rng(1)
    for count in range(1, 9):
        images = rng.uniform(0, 1, (count, SIZE, SIZE, 3)).astype(np.float32)
        np.testing.assert_allclose(lite.run(pack / "model.tflite", images), np.asarray(model(images)), atol=1e-3)
    interpreter = Interpreter(str(pack / "model.tflite"))
    interpreter.allocate_tensors()
    delegates = [op["op_name"] for op in interpreter._get_ops_details() if op["op_name"] == "DELEGATE"]
    assert delegates == ["DELEGATE"], "the whole graph must be one XNNPACK partition"


def test_a_pack_is_written_again_without_training(trained, dataset, centerface, tmp_path):
    pack, work, _ = trained
    again = tmp_path / "again"
    arguments = ["--weights", str(work / "final.weights.h5"), "--work", str(work), "--data", str(dataset), "--out", str(again)]
    arguments += ["--name", "other", "--version", "2", "--other", str(pack), "--centerface", str(centerface), *TINY]
    assert export.main(arguments) == 0
    found = manifest.read(again)
    assert (found["name"], found["version"]) == ("other", 2)
    assert (again / "model.tflite").read_bytes() == (pack / "model.tflite").read_bytes()
    for rates in json.loads((again / "patches" / "patches.json").read_text())["success"].values():
        assert set(rates) == {"own", "other"}


def test_weights_of_another_run_are_refused(trained, dataset, tmp_path, capsys):
    _, work, _ = trained
    bad = tmp_path / "bad.weights.h5"
    bad.write_bytes(b"x")
    assert export.main(["--weights", str(bad), "--work", str(work), "--data", str(dataset), "--out", str(tmp_path / "out")]) == 65
    assert capsys.readouterr().err.startswith(f"error: {bad}: not the weights of the run in {work}: ")


def test_golden_answers_repeat(trained):
    pack, _, _ = trained
    found = manifest.read(pack)
    assert [g["seed"] for g in found["golden"] if "seed" in g] == list(golden.SEEDS)
    for item in found["golden"]:
        image = manifest.picture(pack, item)[None]
        for kind, file in found["models"].items():
            np.testing.assert_allclose(lite.run(pack / file, lite.unit(image))[0], item["logits"][kind], atol=1e-5)
            for light, dim in zip(golden.LIGHTS, item["dim"], strict=True):
                np.testing.assert_allclose(lite.run(pack / file, lite.unit(golden.dim(image, light)))[0], dim[kind], atol=1e-5)


def test_patches_state_what_they_turned_and_what_they_left(trained):
    patches = manifest.read(trained[0])["patches"]
    assert patches
    assert all(set(p) == {"file", "from", "to", "area", "success", "kept", "images"} for p in patches)
    assert all(0 <= p["success"] <= 1 and 0 <= p["kept"] <= 1 and p["success"] + p["kept"] < 1.001 for p in patches)


def test_a_quick_look_prints_figures_and_refuses_altered_packs(trained, dataset, tmp_path, capsys, monkeypatch):
    pack = tmp_path / "pack"
    shutil.copytree(trained[0], pack)
    monkeypatch.setattr(evaluate, "ITERATIONS", 2)
    assert evaluate.main(["--data", str(dataset), "--pack", str(pack), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert [r["eps255"] for r in result["classifier"]] == [0, 1, 2, 4, 8]
    for row in result["classifier"] + result["median3_classifier"]:
        assert np.array(row["confusion"]).sum(axis=1).tolist() == [6, 6, 6]
        assert row["interval95"][0] <= row["balanced_accuracy"] <= row["interval95"][1]
    other = keras.models.load_model(pack / "model.keras", compile=False)
    other.get_layer("head").set_weights([w + 0.1 for w in other.get_layer("head").get_weights()])
    other.save(pack / "model.keras")
    assert evaluate.main(["--data", str(dataset), "--pack", str(pack)]) == 65
    assert "model.keras: sha256 is" in capsys.readouterr().err
    manifest.amend(pack)
    assert evaluate.main(["--data", str(dataset), "--pack", str(pack)]) == 65
    assert "model.keras and model.tflite differ by" in capsys.readouterr().err


def test_a_missing_backbone_says_how_to_get_it(dataset, tmp_path, capsys):
    gone = tmp_path / "gone.onnx"
    assert train.main(["--data", str(dataset), "--out", "x", "--work", str(tmp_path), "--centerface", str(gone)]) == 65
    assert capsys.readouterr().err == (f"error: {gone}: CenterFace's ONNX file is missing; run `make setup` or give --centerface\n")


def test_balanced_figures_and_interval():
    labels = np.array([0] * 8 + [1] * 2 + [2] * 2)
    guesses = np.array([0] * 8 + [1, 0] + [2, 2])
    assert metrics.balanced(labels, guesses) == pytest.approx((1 + 0.5 + 1) / 3)
    assert metrics.confusion(labels, guesses) == [[8, 0, 0], [1, 1, 0], [0, 0, 2]]
    low, high = metrics.interval(labels, guesses, [str(i) for i in range(12)])
    assert low < metrics.balanced(labels, guesses) < high
    tied = metrics.interval(labels, guesses, ["a"] * 12)
    assert tied == pytest.approx((metrics.balanced(labels, guesses),) * 2)
