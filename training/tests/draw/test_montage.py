import cv2

from training.draw import montage
from training.draw.masks import STATES
from training.tests.conftest import LANDMARKS


def test_a_montage_has_a_mask_of_each_state(dataset, tmp_path, monkeypatch, centerface, capsys):
    monkeypatch.setattr(montage.landmarks, "find", lambda net, image: LANDMARKS)  # CenterFace finds no drawn face
    out = tmp_path / "masks.png"
    assert montage.main(["--data", str(dataset), "--out", str(out), "--rows", "1", "--centerface", str(centerface)]) == 0
    picture = cv2.imread(str(out))
    assert picture.shape == (14 + 128, len(STATES) * 128, 3)
    tiles = [picture[14:, i * 128 : (i + 1) * 128] for i in range(len(STATES))]
    assert all(tile.std() > 10 for tile in tiles)
    assert "7 drawn masks" in capsys.readouterr().out


def test_what_is_missing_is_named(dataset, tmp_path, centerface, capsys):
    assert montage.main(["--data", str(dataset), "--out", str(tmp_path / "a.png"), "--centerface", str(tmp_path / "no.onnx")]) == 1
    assert f"{tmp_path}/no.onnx: CenterFace's ONNX file is missing" in capsys.readouterr().err
    assert montage.main(["--data", str(dataset), "--out", str(tmp_path / "no/a.png"), "--rows", "1", "--centerface", str(centerface)]) == 1
    assert "no/a.png: cannot be written" in capsys.readouterr().err
