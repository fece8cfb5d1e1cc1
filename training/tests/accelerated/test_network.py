import jax
import numpy as np
import pytest

from training.accelerated import convert, weights
from training.accelerated.network import logits
from training.fit.settings import BASE
from training.net.light import normalize
from training.net.model import Architecture, adopt, build


def small(light: bool, blocks: int = 3):
    return build(Architecture(blocks=blocks, light=light))


@pytest.mark.parametrize("light", [False, True])
def test_it_is_the_keras_network(light, batch):
    model = small(light)
    images = np.array(batch[0]) * 0.4
    images[:, 10:40, 20:60] = 128 / 255  # what a mask hides
    mine = jax.jit(logits, static_argnums=2)(weights.of_model(model), images, Architecture(blocks=3, light=light))
    np.testing.assert_allclose(mine, model(images, training=False), atol=1e-4)


def test_light_is_normalized_alike(batch):
    from training.accelerated import network

    images = np.array(batch[0]) * 0.1
    np.testing.assert_allclose(network.normalize(images), normalize(images), atol=1e-4)


def test_dropout_drops_in_training_only(batch):
    arch = Architecture(blocks=3)
    values, images = weights.of_model(small(False)), np.array(batch[0])
    plain = logits(values, images, arch)
    assert not np.allclose(plain, logits(values, images, arch, jax.random.key(1)))
    np.testing.assert_allclose(plain, logits(values, images, arch))


def test_a_larger_network_begins_as_the_smaller_one(batch):
    start = small(False, 13)
    grown = small(False, 16)
    adopt(grown, start)
    np.testing.assert_allclose(grown(batch[0], training=False), start(batch[0], training=False), atol=1e-5)


def test_weights_go_both_ways(tmp_path, batch):
    model = small(True)
    model.save(tmp_path / "a.keras")
    assert convert.main([str(tmp_path / "a.keras"), str(tmp_path / "a.npz"), "--blocks", "3"]) == 0
    assert weights.architecture(BASE, weights.load(tmp_path / "a.npz")) == Architecture(blocks=3, light=True)
    assert convert.main([str(tmp_path / "a.npz"), str(tmp_path / "b.keras")]) == 0
    import keras

    back = keras.models.load_model(tmp_path / "b.keras", compile=False)
    np.testing.assert_array_equal(back(batch[0], training=False), model(batch[0], training=False))
