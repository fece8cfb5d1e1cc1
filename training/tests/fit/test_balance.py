import keras
import numpy as np

from training.fit import balance
from training.measure import metrics
from training.net.model import build


def test_a_class_that_is_answered_too_rarely_is_raised():
    rng = np.random.default_rng(1)
    labels = np.arange(600) % 3
    logits = rng.normal(0, 1, (600, 3)).astype(np.float32)
    logits[np.arange(600), labels] += 2
    logits[:, 2] -= 0.9
    offsets = balance.choose((logits, labels))
    assert offsets[0] == 0
    assert 0.5 < offsets[2] < 1.2
    before, after = (metrics.recalls(labels, x.argmax(axis=1)).mean() for x in (logits, logits + offsets))
    assert after > before + 0.01


def test_attacked_pictures_draw_the_borders_back():
    rng = np.random.default_rng(1)
    labels = np.arange(600) % 3
    plain, attacked = (rng.normal(0, 1, (600, 3)).astype(np.float32) for _ in range(2))
    plain[np.arange(600), labels] += 2
    attacked[np.arange(600), labels] += 1
    plain[:, 2] -= 0.9
    alone, both = balance.choose((plain, labels)), balance.choose((plain, labels), [(attacked, labels)])
    assert 0 < both[2] < alone[2]


def test_the_head_carries_the_offsets():
    keras.utils.set_random_seed(2)
    model = build()
    images = np.random.default_rng(3).integers(0, 256, (9, 96, 96, 3)).astype(np.uint8)
    inputs = images.astype(np.float32) / 255
    before = model(inputs, training=False).numpy()
    found = balance.fold(model, (images, np.arange(9) % 3))
    after = model(inputs, training=False).numpy()
    np.testing.assert_allclose(after - before, np.tile(list(found.values()), (9, 1)), atol=2e-3)
