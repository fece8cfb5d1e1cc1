"""Teaches the stem to give what CenterFace's first stages give (feature distillation: Romero et al., 2015, arXiv:1412.6550)."""

from __future__ import annotations

import math
import sys
import time
from pathlib import Path

import keras
import tensorflow as tf

from training.fit.batches import Batches
from training.net.model import STEM, early, load_backbone

RATE = 2e-3


def teach(model: keras.Model, centerface: Path, batches: Batches, steps: int) -> float:
    """Fits the layers of model up to STEM on `steps` batches; returns the share of the features' variance left unexplained."""
    teacher = early()
    load_backbone(teacher, centerface)
    student = keras.Model(model.inputs, model.get_layer(STEM).output)
    optimizer = keras.optimizers.Adam(RATE)
    optimizer.build(student.trainable_variables)

    @tf.function
    def step(images: tf.Tensor) -> tf.Tensor:
        wanted = teacher(images, training=False)
        spread = tf.math.reduce_variance(wanted, axis=(0, 1, 2)) + 1e-6
        with tf.GradientTape() as tape:
            left = tf.reduce_mean(tf.square(student(images, training=True) - wanted) / spread)
        variables = student.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(left, variables), variables, strict=True))
        return left

    begin, mean = time.monotonic(), 1.0
    # Numbers that no epoch uses, so that the run itself sees the same batches with or without this.
    for i, (images, _) in enumerate(batches.run(10**6, 10**6 + steps)):
        optimizer.learning_rate.assign(RATE * 0.5 * (1 + math.cos(math.pi * i / steps)))
        mean += 0.05 * (float(step(tf.constant(images))) - mean)
        if (i + 1) % 100 == 0:
            left = (time.monotonic() - begin) / (i + 1) * (steps - i - 1)
            print(f"stem: step {i + 1} of {steps}  unexplained {mean:.3f}  left {left / 60:.1f} min", file=sys.stderr, flush=True)
    return mean
