"""Networks that are made to do another task, on drawn pictures."""

import numpy as np
import pytest
import tensorflow as tf

from training import reprogram


@pytest.mark.parametrize("task", reprogram.TASKS)
def test_pictures_show_their_answer_and_repeat(task):
    draw, labels = reprogram.TASKS[task]
    pictures, answers = draw(300, np.random.default_rng(1))
    assert pictures.shape == (300, reprogram.SIDE, reprogram.SIDE, 3)
    assert 0 <= pictures.min() < pictures.max() <= 1
    assert np.bincount(answers).min() > 300 / len(labels) / 2
    np.testing.assert_array_equal(draw(300, np.random.default_rng(1))[0], pictures)


def test_the_brighter_side_is_the_one_that_is_said():
    pictures, answers = reprogram.brighter(200, np.random.default_rng(1))
    half = reprogram.SIDE // 2
    lead = pictures[:, :, :half].mean(axis=(1, 2, 3)) - pictures[:, :, half:].mean(axis=(1, 2, 3))
    np.testing.assert_array_equal(lead < 0, answers == 1)


def test_the_picture_stands_in_the_middle_and_the_border_around_it():
    pictures, _ = reprogram.shapes(2, np.random.default_rng(1))
    seen = reprogram.framed(pictures, np.full((reprogram.SIZE, reprogram.SIZE, 3), 0.25))
    edge = (reprogram.SIZE - reprogram.SIDE) // 2
    np.testing.assert_array_equal(seen[:, edge:-edge, edge:-edge], pictures)
    assert (seen[:, :edge] == 0.25).all()


def test_a_border_switches_a_network_to_another_task():
    """A network that says the brighter side where its first row is bright, and `incorrect` where it is not."""

    def network(x: tf.Tensor) -> tf.Tensor:
        half = reprogram.SIZE // 2
        lead = 20 * tf.reduce_mean(x[:, 30:66, 30:half] - x[:, 30:66, half:66], axis=(1, 2, 3))
        on = 30 * (tf.reduce_mean(x[:, 0], axis=(1, 2)) - 0.8)
        return tf.stack([lead + on, tf.zeros_like(lead), on - lead], axis=1)

    draw, labels = reprogram.TASKS["which side is brighter"]
    border = reprogram.program(network, draw, labels, 60)
    assert border[0].mean() > 0.6
    found = reprogram.judge(network, draw, labels, border)
    assert found["chance"] == 0.5
    assert found["unprogrammed"]["value"] < 0.6
    assert found["programmed"]["value"] > 0.95


def test_the_document_says_chance_and_what_was_reached():
    row = {
        "chance": 0.5,
        "unprogrammed": {"value": 0.51, "interval95": [0.47, 0.55]},
        "programmed": {"value": 0.8, "interval95": [0.7, 0.9]},
    }
    text = reprogram.section({"steps": 7, "packs": {"robust 2": {"sides": row}}})
    assert "in 7 steps" in text
    assert "| robust 2 | sides | 0.500 | 0.510 | 0.47 to 0.55 | 0.800 | 0.70 to 0.90 |" in text


def test_a_pack_that_is_not_there(tmp_path, capsys):
    assert reprogram.main(["--packs", str(tmp_path / "no"), "--work", str(tmp_path)]) == 65
    assert capsys.readouterr().err.startswith("error: ")
