import cv2
import keras
import numpy as np
import pytest

from training.draw import landmarks
from training.net.model import EARLY, SIZE, STEM, Architecture, BackboneError, build, early, load_backbone
from training.net.stem import teach
from training.tests.conftest import face


def onnx_features(centerface, images, tensor: str) -> np.ndarray:
    """CenterFace's features of RGB images in [0, 1] at an ONNX tensor, channels last."""
    net = cv2.dnn.readNetFromONNX(str(centerface))
    net.setInput(np.ascontiguousarray(255 * images.transpose(0, 3, 1, 2)))
    return net.forward(next(n for n in net.getLayerNames() if n.endswith(f"!{tensor}"))).transpose(0, 2, 3, 1)


# The ONNX tensors after a block; the last node's name is the port's to find, not ours.
@pytest.mark.parametrize(("blocks", "tensor"), [(10, "448"), (13, "474")])
def test_ported_stages_equal_onnx(centerface, rng, blocks, tensor):
    first, model = early(), build(Architecture(blocks=blocks))
    assert load_backbone(first, centerface) == 1 + 2 + 3
    assert load_backbone(model, centerface) == 3 * (blocks - EARLY)
    later = keras.Model(model.get_layer(STEM).output, model.get_layer(f"b{blocks - 1}_add").output)
    images = rng.uniform(0, 1, (2, SIZE, SIZE, 3)).astype(np.float32)
    want = onnx_features(centerface, images, tensor)
    assert np.abs(want).mean() > 0.1
    np.testing.assert_allclose(np.asarray(later(first(images))), want, atol=1e-3)


def test_the_stem_learns_what_it_stands_for(centerface, rng):
    keras.utils.set_random_seed(1)
    model = build()
    images = np.stack([cv2.GaussianBlur(rng.uniform(0, 1, (SIZE, SIZE, 3)), (0, 0), 3) for _ in range(8)]).astype(np.float32)

    class Batches:
        def run(self, first, last):
            return ((images, None) for _ in range(last - first))

    assert teach(model, centerface, Batches(), 40) < 0.8


def test_logits_for_any_batch():
    model = build()
    assert model.count_params() < 1_000_000
    for count in (1, 5):
        assert model(np.zeros((count, SIZE, SIZE, 3), np.float32)).shape == (count, 3)


def test_a_file_that_is_no_backbone_is_refused(tmp_path):
    path = tmp_path / "x.onnx"
    path.write_bytes(b"nonsense")
    with pytest.raises(BackboneError, match=r"x\.onnx: not a readable ONNX model"):
        load_backbone(build(), path)


def test_landmarks_of_a_drawn_face_and_of_nothing(centerface, rng, tmp_path):
    images = np.stack([face(rng), np.full((128, 128, 3), 90, np.uint8)])
    points = landmarks.find_all(images, centerface, tmp_path / "points.npz")
    assert points.shape == (2, 5, 2)
    assert np.isnan(points[1]).all()
    if not np.isnan(points[0]).any():  # a drawing need not pass for a face, but if it does the order must hold
        assert points[0, 0, 0] < points[0, 1, 0]
        assert points[0, 0, 1] < points[0, 3, 1]
    (tmp_path / "points.npz").touch()
    np.testing.assert_array_equal(landmarks.find_all(images, tmp_path / "unread.onnx", tmp_path / "points.npz"), points)
