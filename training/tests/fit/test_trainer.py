"""What a network is trained toward."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import tensorflow as tf

from training.fit.settings import ROBUST
from training.fit.trainer import Trainer
from training.net.model import CENTERFACE, build


def test_targets_hold_the_label_and_what_the_teacher_says(tmp_path: Path) -> None:
    teacher = build()
    teacher.save(tmp_path / "teacher.keras")
    images = np.random.default_rng(1).random((4, 96, 96, 3), np.float32)
    labels = np.array([0, 1, 2, 0], np.int32)
    settings = replace(ROBUST, taught=0.25, smoothing=0.0)
    alone = Trainer(settings, tmp_path / "alone", CENTERFACE, tmp_path / "teacher.keras")
    taught = Trainer(settings, tmp_path / "taught", CENTERFACE, tmp_path / "teacher.keras", tmp_path / "teacher.keras")
    label = np.eye(3, dtype=np.float32)[labels]
    np.testing.assert_allclose(alone._targets(tf.constant(images), tf.constant(labels)), label, atol=1e-6)
    said = np.asarray(tf.nn.softmax(teacher(images, training=False)))
    np.testing.assert_allclose(taught._targets(tf.constant(images), tf.constant(labels)), 0.75 * label + 0.25 * said, atol=1e-5)
