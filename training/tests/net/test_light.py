"""The normalization of light: what it makes of a picture, and that nothing hidden leaks into it."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from training.defense import masking
from training.net.light import LEAST, MEAN, MOST, SPREAD, normalize, normalizes
from training.net.model import SIZE, Architecture, build
from training.pack import lite

NORMALIZE = keras.Sequential([keras.Input((None, None, 3)), keras.layers.Lambda(normalize)])


def picture(seed: int, low: float = 0.1, high: float = 0.9, size: int = 48) -> np.ndarray:
    """Float32 [1, size, size, 3] on the levels of 8 bits."""
    levels = np.random.default_rng(seed).uniform(low, high, (1, size, size, 3))
    return (np.rint(levels * 255) / 255).astype(np.float32)


def normalized(image: np.ndarray) -> np.ndarray:
    return np.asarray(NORMALIZE(image))


@pytest.mark.parametrize("light", [1.0, 0.5, 0.25, 0.12])
def test_light_is_taken_out(light: float) -> None:
    out = normalized(picture(1) * np.float32(light))
    assert out.mean() == pytest.approx(MEAN, abs=1e-3)
    assert out.std() == pytest.approx(SPREAD, abs=2e-3)


def test_gain_has_limits() -> None:
    image = picture(2, 0.2, 0.2)
    flat = image + np.float32(1e-4) * np.random.default_rng(3).standard_normal(image.shape, dtype=np.float32)
    assert normalized(flat).std() <= MOST * flat.std() * 1.01
    checker = np.indices((1, 48, 48)).sum(axis=0)[..., None].repeat(3, axis=3) % 2
    assert normalized(checker.astype(np.float32)).std() == pytest.approx(LEAST * 0.5, abs=1e-3)


@pytest.mark.parametrize("patch", [14, 21])
def test_what_a_mask_hides_has_no_influence(patch: int) -> None:
    """Brute force: whatever stands in the place of any pair of masks, the view behind them is the same and is that of the rest alone."""
    image, size = picture(4) * np.float32(0.3), 48
    rng = np.random.default_rng(5)
    for mask in masking.pairs(size, patch // 2, 3):
        seen = []
        for content in (image, np.zeros_like(image), np.ones_like(image), rng.random(image.shape, np.float32)):
            attacked = np.where(mask[..., None], content, image).astype(np.float32)
            seen.append(normalized(masking.hide(attacked, mask)))
        for other in seen[1:]:
            np.testing.assert_array_equal(seen[0], other)
        rest = image[0][~mask]
        gain = np.clip(SPREAD / np.sqrt(rest.var() + 1e-6), LEAST, MOST)
        np.testing.assert_allclose(seen[0][0][~mask], (rest - rest.mean()) * gain + MEAN, atol=2e-4)
        np.testing.assert_allclose(seen[0][0][mask], masking.FILL, atol=1e-6)


def test_int8_keeps_the_normalization_in_float() -> None:
    keras.utils.set_random_seed(1)
    model = build(Architecture(stem=(8, 8), blocks=3, squeeze=4, light=True))
    assert normalizes(model)
    assert not normalizes(build(Architecture(stem=(8, 8), blocks=3, squeeze=4)))
    pictures = np.concatenate([picture(seed, size=SIZE) for seed in range(8)])
    levels = np.rint(pictures * 255).astype(np.uint8)
    interpreter = tf.lite.Interpreter(model_content=lite.convert(model, "int8", levels))
    said = {}
    for light in (1.0, 0.2):
        interpreter.resize_tensor_input(interpreter.get_input_details()[0]["index"], pictures.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], pictures * np.float32(light))
        interpreter.invoke()
        said[light] = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    spread = np.ptp(said[1.0])
    np.testing.assert_allclose(said[1.0], np.asarray(model(pictures)), atol=0.1 * spread)
    np.testing.assert_allclose(said[0.2], said[1.0], atol=0.1 * spread)  # the light is gone
