"""Where darkness leaves too little: the limits of the daemon's quality gate."""

import json

import keras
import numpy as np
import pytest

from training import dark, data
from training.net.model import CLASSES


class Bright:
    """Right in light: the class is in a corner's color, which is seen while the levels last; `none` in the dark."""

    def __call__(self, images, training=False):
        spot = images.numpy()[:, 48, 48]
        best = np.where(spot.max(axis=1) > 12.5 / 255, spot.argmax(axis=1), CLASSES.index("none"))
        return np.eye(3, dtype=np.float32)[best]


@pytest.fixture(scope="module")
def split():
    """60 pictures, dark on the left and bright on the right, the channel of whose spot is their class."""
    labels = np.arange(60, dtype=np.int32) % 3
    images = np.full((60, 128, 128, 3), 40, np.uint8)
    images[:, :, 78:] = 160
    for image, label in zip(images, labels, strict=True):
        image[58:70, 58:70] = 0
        image[58:70, 58:70, label] = 200
    text = [str(i) for i in range(60)]
    return data.Split("val", images, labels, text, text, text, [])


def test_the_limit_lies_where_accuracy_falls(split):
    result = dark.measure(Bright(), split, 0)
    rows = {row["factor"]: row["balanced_accuracy"] for row in result["factors"]}
    assert [rows[f] for f in dark.FACTORS[:-2]] == [1] * 7
    assert rows[0.05] == rows[0.03] == pytest.approx(1 / 3, abs=1e-3), "200 × 0.05 is below the network's 12.5 levels"
    assert result["limits"]["brightness"] == 5, "× 0.05 leaves a mean of 4.1, × 0.07 one of 5.9"
    assert result["limits"]["contrast"] == 3.5, "× 0.05 leaves a deviation of 2.9, × 0.07 one of 3.8"
    shown = dark.table(result)
    assert "faces.min_brightness: balanced accuracy stays within 0.05 of 1.000 from 5 on" in shown


def test_a_dark_bin_between_bright_ones_lifts_the_limit():
    rows = [{"from": low, "balanced_accuracy": value} for low, value in ((0, 0.9), (4, 0.7), (8, 0.86), (16, 0.9))]
    assert dark.limit(rows, 0.85) == 8
    assert dark.limit(rows, 0.89) == 16
    assert dark.limit(rows, 0.95) is None


def test_what_is_left_is_measured_on_the_face_as_the_gate_does():
    side = 128
    images = np.zeros((1, side, side, 3), np.uint8)
    inner = data.recrop(images, 0).shape[1]
    edge = (side - inner) // 2
    images[:, edge : edge + inner // 2, edge:-edge] = 100  # half of the face is lit; the margin, which is black, does not count
    found = dark.measured(images)
    assert found["brightness"][0] == pytest.approx(50, abs=2)
    assert found["contrast"][0] == pytest.approx(50, abs=2)
    assert dark.darkened(np.full((1, 2, 2, 3), 99, np.uint8), 0.05).max() == 5


def test_noise_is_that_of_the_sensor_and_no_contrast():
    flat = np.full((2, 128, 128, 3), 200, np.uint8)
    noisy = dark.darkened(flat, 0.25, 4)
    assert noisy.std() == pytest.approx(4, abs=0.1)
    assert (noisy == dark.darkened(flat, 0.25, 4)).all(), "the same again"
    assert dark.measured(noisy)["contrast"].max() < 1.5, "shrinking averages it away"


def test_the_command_prints_the_curve(dataset, tmp_path, capsys):
    layers = [keras.Input((96, 96, 3)), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(3)]
    keras.Sequential(layers).save(tmp_path / "model.keras")
    arguments = ["--data", str(dataset), "--model", str(tmp_path / "model.keras")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dark, "FACTORS", (1.0, 0.05))
        assert dark.main([*arguments, "--json"]) == 0
        result = json.loads(capsys.readouterr().out)
        assert [row["factor"] for row in result["factors"]] == [1, 0.05]
        assert result["factors"][1]["brightness"] < result["factors"][0]["brightness"] / 10
    assert dark.main(["--data", str(dataset), "--model", str(tmp_path / "none.keras")]) == 65
    assert "none.keras" in capsys.readouterr().err
