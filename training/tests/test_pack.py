"""From generated pictures through training and export to an evaluated pack, in a few steps."""

import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from training import card, evaluate, export, metrics, train
from training.model import SIZE
from training.tests.conftest import ROOT


@pytest.fixture(scope="module")
def trained(dataset, centerface, tmp_path_factory) -> tuple[Path, Path, list[str]]:
    root = tmp_path_factory.mktemp("run")
    arguments = ["--data", str(dataset), "--out", str(root / "pack"), "--work", str(root / "work"), "--steps", "2"]
    arguments += ["--minimum", "4", "--centerface", str(centerface), "--set", "batch=6", "--set", "iterations=1"]
    assert train.main(arguments) == 0
    return root / "pack", root / "work", arguments


def test_a_run_leaves_pack_curves_and_settings(trained):
    pack, work, _ = trained
    rows = [json.loads(line) for line in (work / "curves.jsonl").read_text().splitlines()]
    assert [r["epoch"] for r in rows] == [1, 2]
    assert all(np.isfinite(r["loss"]) and 0 <= r["val_pgd10"] <= 1 for r in rows)
    assert json.loads((work / "settings.json").read_text())["batch"] == 6
    record = json.loads((pack / "training.json").read_text())
    assert record["curves"] == rows
    assert record["best_epoch"] in (1, 2)
    assert sum(f.stat().st_size for f in pack.iterdir()) < export.LIMIT
    manifest = json.loads((pack / "manifest.json").read_text())
    assert manifest["classes"] == ["correct", "incorrect", "none"]
    assert manifest["input"] == {"width": 96, "height": 96, "color": "rgb", "scale": 1 / 255, "offset": 0.0, "crop_margin": 0.02}
    assert set(manifest) == {
        "format", "name", "version", "classes", "model", "input", "output", "smoothing", "golden", "golden_tolerance",
    }  # fmt: skip


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
        want = np.asarray(model(images))
        np.testing.assert_allclose(export.run_tflite(pack / "model.tflite", images), want, atol=1e-3)
    interpreter = Interpreter(str(pack / "model.tflite"))
    interpreter.allocate_tensors()
    delegates = [op["op_name"] for op in interpreter._get_ops_details() if op["op_name"] == "DELEGATE"]
    assert delegates == ["DELEGATE"], "the whole graph must be one XNNPACK partition"


def test_golden_answers_repeat(trained):
    pack, _, _ = trained
    manifest = json.loads((pack / "manifest.json").read_text())
    assert [g["seed"] for g in manifest["golden"]] == [1, 2, 3, 4]
    for item in manifest["golden"]:
        image = export.golden_image(item["seed"])[None].astype(np.float32) / np.float32(255)
        np.testing.assert_allclose(export.run_tflite(pack / "model.tflite", image)[0], item["logits"], atol=1e-5)


def test_the_committed_pack_is_whole():
    pack = ROOT / "models" / "first"
    _, manifest = evaluate.open_pack(pack)
    for item in manifest["golden"]:
        image = export.golden_image(item["seed"])[None].astype(np.float32) / np.float32(255)
        np.testing.assert_allclose(export.run_tflite(pack / "model.tflite", image)[0], item["logits"], atol=manifest["golden_tolerance"])
    assert sum(f.stat().st_size for f in pack.iterdir() if f.suffix in (".tflite", ".keras")) < export.LIMIT
    result = json.loads((pack / "evaluation.json").read_text())
    assert result["model"]["sha256"] == manifest["model"]["sha256"], "evaluation.json is of another model: run training.evaluate"
    assert card.figures(result) in (pack / "MODEL_CARD.md").read_text()


def test_golden_image_is_the_documented_generator():
    state, want = 2654435761, []
    for _ in range(6):
        state ^= (state << 13) % 2**32
        state ^= state >> 17
        state ^= (state << 5) % 2**32
        want.append(state >> 24)
    assert export.golden_image(1).ravel()[:6].tolist() == want
    assert export.golden_image(1).mean() == pytest.approx(127.5, abs=2)


def test_evaluation_checks_the_pack_and_writes_figures(trained, dataset, tmp_path, capsys, monkeypatch):
    pack = tmp_path / "pack"
    shutil.copytree(trained[0], pack)
    monkeypatch.setattr(evaluate, "ITERATIONS", 2)
    (pack / "MODEL_CARD.md").write_text(f"before\n{card.BEGIN}\nold\n{card.END}\nafter\n")
    assert evaluate.main(["--data", str(dataset), "--pack", str(pack), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert json.loads((pack / "evaluation.json").read_text()) == result
    assert [r["eps255"] for r in result["classifier"]] == [0, 1, 2, 4, 8]
    text = (pack / "MODEL_CARD.md").read_text()
    assert text.startswith("before\n<!--")
    assert text.endswith("-->\nafter\n")
    assert "old" not in text
    assert f"| clean | {result['classifier'][0]['balanced_accuracy']:.3f} |" in text
    for row in result["classifier"] + result["median3_classifier"]:
        assert np.array(row["confusion"]).sum(axis=1).tolist() == [6, 6, 6]
        assert row["interval95"][0] <= row["balanced_accuracy"] <= row["interval95"][1]
    other = keras.models.load_model(pack / "model.keras", compile=False)
    other.get_layer("head").set_weights([w + 0.1 for w in other.get_layer("head").get_weights()])
    other.save(pack / "model.keras")
    assert evaluate.main(["--data", str(dataset), "--pack", str(pack)]) == 65
    assert "model.keras and model.tflite differ by" in capsys.readouterr().err
    (pack / "model.tflite").write_bytes(b"x")
    assert evaluate.main(["--data", str(dataset), "--pack", str(pack)]) == 65
    assert "the manifest says" in capsys.readouterr().err


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
