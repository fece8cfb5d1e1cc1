import shutil
import tarfile
from collections import namedtuple
from pathlib import Path

import cv2
import numpy as np
import pytest

from training import data
from training.data import cache, layout, splits
from training.tests.conftest import LANDMARKS, face

TRAIN = [n for n in map("{:05d}".format, range(40)) if layout.split_of(n) == "train"][:6]
TEST = next(n for n in map("{:05d}".format, range(200)) if layout.split_of(n) == "test")


def write(path: Path, image: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image)


@pytest.fixture
def whole(tmp_path: Path, rng: np.random.Generator) -> Path:
    """MaskedFace-Net and FFHQ in small: each number correct, incorrect and unmasked, in numbered folders or not."""
    root = tmp_path / "maskedface-net"
    for number in [*TRAIN, TEST]:
        write(root / f"CMFD/00000/{number}_Mask.jpg", face(rng, 64))
        write(root / f"imfd/{number}_Mask_Mouth_Chin.jpg", face(rng, 64))
        write(root / f"images1024x1024/00000/{number}.png", face(rng, 64))
    return root


def load(root: Path, work: Path | None = None, split: str = "train", minimum: int = 1) -> data.Split:
    with data.Store(root, work) as store:
        return data.load(store, split, minimum=minimum)


def test_the_published_layout_is_read_alike_in_memory_from_the_cache_and_from_a_tar(whole, tmp_path):
    with tarfile.open(tmp_path / "whole.tar", "w") as archive:
        archive.add(whole, "all")
    inside = load(whole)
    assert inside.labels.tolist() == [0] * 6 + [1] * 6 + [2] * 6
    assert inside.groups == TRAIN * 3
    assert inside.sources == ["maskedface-net"] * 12 + ["ffhq"] * 6
    assert inside.images.shape == (18, data.STORED, data.STORED, 3)
    for split in (load(whole, tmp_path / "work"), load(whole, tmp_path / "work"), load(tmp_path / "whole.tar", tmp_path / "other")):
        np.testing.assert_array_equal(split.images, inside.images)
        np.testing.assert_array_equal(split.labels, inside.labels)
        assert not split.images.flags.writeable
    assert load(whole, split="test").groups == [TEST] * 3


def test_links_to_other_disks_are_followed(whole, tmp_path):
    shutil.move(whole / "imfd", tmp_path / "elsewhere")
    (whole / "imfd").symlink_to(tmp_path / "elsewhere")
    assert len(load(whole)) == 18


def test_the_split_of_a_number_is_fixed_and_ninety_five_five():
    splits = [layout.split_of(f"{n:05d}") for n in range(20000)]
    shares = {name: splits.count(name) / len(splits) for name in ("train", "val", "test")}
    assert shares == pytest.approx({"train": 0.9, "val": 0.05, "test": 0.05}, abs=0.005)
    assert [layout.split_of(n) for n in ("00000", "00001", "00016")] == ["val", "train", "test"]


def test_aligned_pictures_go_before_thumbnails_and_the_wild_is_left_out():
    names = ["CMFD/00001_Mask.jpg", "IMFD/01000/00001_Mask_Nose_Mouth.jpg"]
    names += [f"ffhq/{kind}/00000/00001.png" for kind in ("thumbnails128x128", "in-the-wild-images", "images1024x1024")]
    found = layout.entries("here", names)
    assert [(e.file, e.label) for e in found] == [(names[0], "correct"), (names[1], "incorrect"), (names[4], "none")]
    assert not layout.small(found)
    assert layout.small(layout.entries("here", names[:3]))


def test_the_cut_puts_ffhq_landmarks_where_the_crops_have_them():
    # FFHQ's square is 4 eye distances wide, its middle a tenth of the way from the eyes to the mouth (3.6 of these high).
    aligned = np.array([[0.375, 0.472], [0.625, 0.472], [0.5, 0.75]])
    image = np.zeros((1024, 1024, 3), np.uint8)
    for i, point in enumerate(aligned):
        cv2.circle(image, tuple(int(v) for v in point * 1024), 20, [255 * (i == c) for c in range(3)], -1)
    for picture in (layout.cut(image), layout.cut(image, shrink=True)):
        height, width = picture.shape[:2]
        assert height == width == round(0.84 * (1024 if height > 128 else 128))
        mouth = (LANDMARKS[3] + LANDMARKS[4]) / 2
        for channel, expected in enumerate((LANDMARKS[0], LANDMARKS[1], mouth)):
            at = np.argwhere(picture[..., channel] > 100).mean(axis=0)[::-1] / height
            np.testing.assert_allclose(at, expected, atol=0.03)


def test_damaged_and_misnamed_pictures_are_listed_and_skipped(whole, tmp_path):
    damaged = whole / f"CMFD/00000/{TRAIN[1]}_Mask.jpg"
    damaged.write_bytes(damaged.read_bytes()[:10])
    shutil.copy(whole / f"imfd/{TRAIN[2]}_Mask_Mouth_Chin.jpg", whole / f"CMFD/{TRAIN[2]}_Mask_Chin.jpg")
    for work in (None, tmp_path / "work", tmp_path / "work"):
        split = load(whole, work)
        assert split.labels.tolist() == [0] * 5 + [1] * 6 + [2] * 6
        assert sorted(split.skipped) == [
            (f"CMFD/00000/{TRAIN[1]}_Mask.jpg", "not a readable image"),
            (f"CMFD/{TRAIN[2]}_Mask_Chin.jpg", f"label 'CMFD named {TRAIN[2]}_Mask_Chin' is not one of correct, incorrect, none"),
        ]
    assert data.write_skipped(tmp_path / "skipped.csv", [split]) == 2
    assert f"train,CMFD/00000/{TRAIN[1]}_Mask.jpg,not a readable image\n" in (tmp_path / "skipped.csv").read_text()


def test_an_interrupted_cache_goes_on_where_it_was(whole, tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "CHUNK", 4)
    decode, read = splits._decode, []

    def counted(*arguments):
        read.append(arguments[-1].file)
        if len(read) == 11:
            raise KeyboardInterrupt
        return decode(*arguments)

    monkeypatch.setattr(splits, "_decode", counted)
    with pytest.raises(KeyboardInterrupt):
        load(whole, tmp_path / "work")
    folder = tmp_path / "work/cache"
    with (folder / "train.u8").open("ab") as pixels, (folder / "train.csv").open("ab") as lines:
        pixels.write(b"crops whose lines were not saved")
        lines.write(b"half a li")
    read.clear()
    read += ["none"] * 11
    split = load(whole, tmp_path / "work")
    assert len(read) == 11 + 18 - 8
    np.testing.assert_array_equal(split.images, load(whole).images)


@pytest.mark.parametrize("lost", ["train.u8", "train.key", "train.csv"])
def test_a_cache_with_a_lost_file_or_for_other_pictures_is_made_again(whole, tmp_path, lost, rng):
    load(whole, tmp_path / "work")
    (tmp_path / "work/cache" / lost).unlink()
    np.testing.assert_array_equal(load(whole, tmp_path / "work").images, load(whole).images)
    write(whole / f"images1024x1024/{TRAIN[0]}/39999.png", face(rng, 64))
    np.testing.assert_array_equal(load(whole, tmp_path / "work").images, load(whole).images)


def test_corrections_apply_to_cached_crops(whole, tmp_path):
    load(whole, tmp_path / "work")
    digest = (tmp_path / "work/cache/train.csv").read_text().splitlines()[0].split(",")[1]
    with data.Store(whole, tmp_path / "work") as store:
        assert data.load(store, "train", {digest: "none"}).labels.tolist() == [2] + [0] * 5 + [1] * 6 + [2] * 6


def test_a_full_disk_is_reported_before_and_while_it_happens(whole, tmp_path, monkeypatch):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(cache.shutil, "disk_usage", lambda _: usage(60e6))
    message = r"work/cache: 18 decoded faces still need 0\.07 GB, 0\.06 GB are free; make room, or give a work folder on a larger disk$"
    with pytest.raises(data.DataError, match=message):
        load(whole, tmp_path / "work")
    monkeypatch.setattr(cache.shutil, "disk_usage", lambda _: usage(70e6))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache.Cache, "_append", full)
    with pytest.raises(data.DataError, match=r"work/cache: 18 decoded faces still need 0\.07 GB, 0\.07 GB are free; make room"):
        load(whole, tmp_path / "work")


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["CMFD/00001_Mask.jpg", "IMFD/00001_Mask_Chin.jpg"], "1 of CMFD, 1 of IMFD, 0 of FFHQ"),
        (["cmfd/00001.jpg", "ffhq/00001.png"], "0 of CMFD, 0 of IMFD, 1 of FFHQ; not understood: cmfd/00001.jpg"),
    ],
)
def test_a_part_of_the_layout_is_refused(names, found):
    assert layout.matches(names)
    with pytest.raises(data.DataError) as error:
        layout.entries("here", names)
    assert str(error.value) == (
        "here: not a whole MaskedFace-Net: expected CMFD/00000/00000_Mask.jpg, IMFD/00000/00000_Mask_Chin.jpg and "
        f"FFHQ's images1024x1024/00000/00000.png in one folder or tar; found pictures: {found}"
    )


def test_a_class_with_too_few_pictures_is_refused(whole, tmp_path):
    for number in TRAIN[1:]:
        (whole / f"imfd/{number}_Mask_Mouth_Chin.jpg").unlink()
    with pytest.raises(data.DataError) as error:
        load(whole, tmp_path / "work", minimum=2)
    assert str(error.value) == f"{whole}: split 'train': class 'incorrect' has 1 readable images, at least 2 are needed (0 were skipped)"


def test_too_much_for_memory_asks_for_a_work_folder(whole, monkeypatch):
    monkeypatch.setattr(splits, "IN_MEMORY", 1000)
    with pytest.raises(data.DataError, match=r"split 'train': 18 faces are too many for memory; a work folder is needed$"):
        load(whole)


def test_plain_folders_may_carry_the_published_names(tmp_path, rng):
    image = face(rng, 64)
    for folder, name in (("CMFD", "00001_Mask"), ("IMFD", "00001_Mask_Chin"), ("FFHQ", "00001"), ("none", "00002")):
        write(tmp_path / f"train/{folder}/{name}.png", image)
    split = load(tmp_path)
    assert split.labels.tolist() == [0, 2, 1, 2]
    assert split.groups == ["00001", "00001", "00001", "00002"]
    np.testing.assert_array_equal(split.images[0], split.images[1])
    assert (split.images[0] != split.images[3]).any()


def test_progress_says_how_long_it_will_take(capsys, monkeypatch):
    clock = iter([0.0, 5.0, 60.0, 90.0])
    monkeypatch.setattr(cache.time, "monotonic", lambda: next(clock))
    assert len(list(cache._progress(iter([[None]] * 3), "train", 2, 10))) == 3
    assert capsys.readouterr().err == "train: 4 of 10 faces decoded, 3 min left\ntrain: 5 of 10 faces decoded, 2 min left\n"
