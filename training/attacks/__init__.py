"""Attacks on the classifier, on its logits: each in the file named after it. Images are float32 [n, h, w, 3] in [0, 1]."""

from training.attacks.linf import bim, fgsm, pgd
from training.attacks.losses import Network, gradient, loss
from training.attacks.smoothing import median3

__all__ = ["Network", "bim", "fgsm", "gradient", "loss", "median3", "pgd"]
