"""Forms of a network, its manifest and golden faces, on a tiny untrained net and drawn pictures."""

import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from training import data, export
from training.net.model import SIZE, Architecture, build
from training.pack import card, equalize, golden, lite, manifest, patches, savedmodel
from training.tests.conftest import ROOT, face

PACKS = [ROOT / "models" / name for name in ("robust", "base")]


@pytest.fixture(scope="module")
def network() -> keras.Model:
    keras.utils.set_random_seed(1)
    return build(Architecture(stem=(8, 8), blocks=3, squeeze=4))


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    rng = np.random.default_rng(5)
    return np.stack([face(rng, SIZE) for _ in range(9)])


def split(images: np.ndarray, name: str = "train") -> data.Split:
    count = len(images)
    large = data.resize(images, data.STORED)
    return data.Split(name, large, (np.arange(count) % 3).astype(np.int32), ["a"] * count, [str(i) for i in range(count)], [""] * count)


@pytest.fixture(scope="module")
def folder(network, images, tmp_path_factory) -> Path:
    """A pack without faces or patches."""
    folder = tmp_path_factory.mktemp("forms") / "pack"
    folder.mkdir()
    lite.write(network, folder, split(images), split(images, "val"), 0.15)
    savedmodel.save(network, folder / "savedmodel")
    network.save(folder / "model.keras")
    described = manifest.describe(folder, "tiny", 3, 0.15, [], [])
    card.write(folder, described)
    manifest.write(folder, described)
    return folder


def test_all_forms_agree_with_keras(network, folder, images):
    forms = export.agreement(network, folder, images)
    assert set(forms) == {"float32", "float16", "int8", "savedmodel", "keras"}
    for form in ("float32", "savedmodel", "keras"):
        assert forms[form]["largest_difference"] <= export.SAME
    want = np.asarray(network(lite.unit(images)))
    assert forms["float16"]["largest_difference"] < 0.05 * np.ptp(want)
    assert forms["int8"]["largest_difference"] < 0.5 * np.ptp(want)


def test_equalized_channels_leave_the_function(network, images):
    x = lite.unit(images)
    np.testing.assert_allclose(np.asarray(equalize.equalized(network, x)(x)), np.asarray(network(x)), atol=1e-4)


def test_int8_holds_integers_between_float_ends(folder):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(folder / "model-int8.tflite"))
    ends = [*interpreter.get_input_details(), *interpreter.get_output_details()]
    assert {end["dtype"] for end in ends} == {np.float32}
    assert sum(t["dtype"] == np.int8 for t in interpreter.get_tensor_details()) > 10


def test_vjp_is_the_tape_gradient_at_any_batch(network, folder, images):
    vjp = savedmodel.load(folder / "savedmodel")["vjp"]
    rng = np.random.default_rng(2)
    for count in (1, 4):
        x = tf.constant(lite.unit(images[:count]))
        cotangent = rng.normal(size=(count, 3)).astype(np.float32)
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = tf.reduce_sum(network(x) * cotangent)
        found = vjp(x=x, cotangent=tf.constant(cotangent))["gradient"]
        np.testing.assert_allclose(found, tape.gradient(value, x), atol=1e-5)


def test_a_session_as_other_languages_use_it_loads_the_savedmodel(network, folder, images):
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        graph = tf.compat.v1.saved_model.load(session, ["serve"], str(folder / "savedmodel"))
        ends = graph.signature_def["serving_default"]
        found = session.run(ends.outputs["logits"].name, {ends.inputs["image"].name: lite.unit(images)})
        assert set(graph.signature_def["vjp"].inputs) == {"x", "cotangent"}
    np.testing.assert_allclose(found, np.asarray(network(lite.unit(images))), atol=1e-5)


def test_the_manifest_is_complete_and_read_back(folder):
    found = manifest.read(folder)
    assert found["format"] == 2
    assert found["masking"] == {"fill": 128, "masks_per_axis": 3, "patch": 14}
    assert [entry["seed"] for entry in found["golden"]] == list(golden.SEEDS)
    assert all(set(entry["logits"]) == set(lite.FILES) for entry in found["golden"])
    assert all([set(dim) for dim in entry["dim"]] == [set(lite.FILES)] * len(golden.LIGHTS) for entry in found["golden"])
    assert all(found["golden_tolerance"][kind] >= floor for kind, floor in manifest.FLOORS.items())
    assert {"model.tflite", "model-float16.tflite", "model-int8.tflite", "savedmodel/saved_model.pb", "MODEL_CARD.md"} <= set(
        found["files"]
    )
    assert "version 3" in (folder / "MODEL_CARD.md").read_text()


def test_dim_light_has_the_bytes_of_the_self_test():
    pixels = np.array([0, 1, 2, 3, 10, 13, 30, 128, 254, 255], np.uint8)
    found = [golden.dim(pixels, light).tolist() for light in golden.LIGHTS]
    assert found == [[0, 0, 1, 1, 4, 5, 11, 45, 89, 89], [0, 0, 1, 1, 3, 3, 8, 32, 64, 64]]


def test_dim_answers_are_those_of_the_dim_pictures(folder):
    found = manifest.read(folder)
    plain = np.stack([manifest.picture(folder, entry) for entry in found["golden"]])
    for kind, file in found["models"].items():
        for at, light in enumerate(golden.LIGHTS):
            want = [entry["dim"][at][kind] for entry in found["golden"]]
            answered = lite.run(folder / file, lite.unit(golden.dim(plain, light)))
            np.testing.assert_allclose(answered, want, atol=found["golden_tolerance"][kind])
            if kind == "float32":  # the dim answers are others than those in full light
                assert np.abs(answered - [entry["logits"][kind] for entry in found["golden"]]).max() > found["golden_tolerance"][kind]


def test_altered_missing_and_unlisted_files_are_refused(folder, tmp_path):
    pack = tmp_path / "pack"
    shutil.copytree(folder, pack)
    (pack / "more.txt").write_text("x")
    with pytest.raises(manifest.PackError, match=r"more\.txt: not listed in the manifest"):
        manifest.read(pack)
    (pack / "more.txt").unlink()
    (pack / "model-int8.tflite").write_bytes(b"x")
    with pytest.raises(manifest.PackError, match=r"model-int8\.tflite: sha256 is .* the manifest says"):
        manifest.read(pack)
    (pack / "model-int8.tflite").unlink()
    with pytest.raises(manifest.PackError, match=r"model-int8\.tflite: missing, but the manifest lists it"):
        manifest.read(pack)
    (pack / manifest.FILE).write_text('{"format": 1}')
    with pytest.raises(manifest.PackError, match="format is 1, want 2"):
        manifest.read(pack)


def test_amending_takes_the_signature_and_keeps_the_rest(folder, tmp_path):
    pack = tmp_path / "pack"
    shutil.copytree(folder, pack)
    (pack / manifest.SIGNATURE).write_text("old")
    squeezing = {"bits": 5, "window": 3, "threshold": 0.9, "false_positive_rate": 0.05}
    manifest.amend(pack, squeezing=squeezing)
    assert not (pack / manifest.SIGNATURE).exists()
    found, before = manifest.read(pack), json.loads((folder / manifest.FILE).read_text())
    assert found["squeezing"] == squeezing
    assert {k: v for k, v in found.items() if k not in ("squeezing", "files")} == {k: v for k, v in before.items() if k != "files"}


def test_noise_is_the_documented_generator():
    state, want = 2654435761, []
    for _ in range(6):
        state ^= (state << 13) % 2**32
        state ^= state >> 17
        state ^= (state << 5) % 2**32
        want.append(state >> 24)
    assert golden.noise(1).ravel()[:6].tolist() == want


def test_averages_are_of_twelve_people_who_are_in_no_other():
    rng = np.random.default_rng(3)
    colors = rng.integers(0, 256, (40, 8, 8, 3), dtype=np.uint8)
    aligned = colors.repeat(SIZE // 8, axis=1).repeat(SIZE // 8, axis=2)
    sources = ["a"] * 30 + ["b"] * 10
    found = golden.clusters(aligned, sources, rng)
    everyone = [i for people in found for i in people]
    assert [len(people) for people in found] == [golden.K] * 3
    assert golden.K >= 12
    assert len(everyone) == len(set(everyone))
    assert sum(sources[i] == "a" for i in found[0]) <= golden.K * golden.SHARE
    mean = golden.average([aligned[i] for i in found[0]])
    assert min(np.abs(mean.astype(int) - aligned[i]).mean() for i in found[0]) > 3, "an average shows one of them"


def test_one_photo_in_two_groups_counts_once():
    rng = np.random.default_rng(4)
    aligned = rng.integers(0, 256, (14, 8, 8, 3), dtype=np.uint8).repeat(SIZE // 8, axis=1).repeat(SIZE // 8, axis=2)
    aligned[1:3] = aligned[0]
    found = golden.clusters(aligned, ["a"] * 14, rng)
    assert len(found) == 1
    assert len({0, 1, 2} & set(found[0])) <= 1


def test_aligning_puts_landmarks_on_the_frame(rng):
    frame = np.array([[30, 40], [66, 40], [48, 55], [35, 70], [61, 70]], np.float32)
    turn, shift = 0.8 * np.exp(0.2j), 10 + 15j
    points = (frame[:, 0] + 1j * frame[:, 1]) * turn + shift
    image = np.zeros((128, 128, 3), np.uint8)
    x, y = round(points[2].real), round(points[2].imag)
    image[y - 1 : y + 2, x - 1 : x + 2] = 255
    aligned = golden.align(image, np.stack([points.real, points.imag], axis=1) / 128, frame)
    row, col = np.unravel_index(aligned[..., 0].astype(int).argmax(), (SIZE, SIZE))
    assert abs(row - 55) <= 2
    assert abs(col - 48) <= 2


def test_success_counts_only_faces_answered_rightly(images):
    dark = lambda x: tf.stack([tf.zeros(len(x)), tf.zeros(len(x)) - 1, 100 * (0.01 - x[:, 0, 0, 0])], axis=1)  # noqa: E731
    faces = images.copy()
    faces[:3, 0, 0] = 0
    faces[3:, 0, 0] = 255
    assert patches.success(dark, faces, np.full((SIZE, SIZE, 3), 255, np.uint8), 2, 0, 1) == (1.0, 0.0, 3)
    assert patches.success(dark, faces, faces[0, :1, :1], 2, 0, 1) == (0.0, 1.0, 3)


@pytest.mark.parametrize("pack", PACKS, ids=lambda p: p.name)
def test_the_committed_packs_are_whole(pack):
    found = manifest.read(pack)
    assert sum(p.stat().st_size for p in pack.rglob("*") if p.is_file()) < export.LIMIT
    plain = np.stack([manifest.picture(pack, entry) for entry in found["golden"]])
    for kind, file in found["models"].items():
        for at, light in enumerate([1, *golden.LIGHTS] if "dim" in found["golden"][0] else [1]):
            want = [entry["dim"][at - 1][kind] if at else entry["logits"][kind] for entry in found["golden"]]
            answered = lite.run(pack / file, lite.unit(golden.dim(plain, light)))
            np.testing.assert_allclose(answered, want, atol=found["golden_tolerance"][kind])
    assert (pack / card.FILE).read_text() == card.render(pack, found)
