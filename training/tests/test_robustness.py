import json
import shutil

import cv2
import keras
import numpy as np
import pytest

from training import data, robustness
from training.measure import ensemble
from training.measure.context import Effort
from training.measure.parts import Parts
from training.measure.subject import Subject
from training.net.model import CLASSES, SIZE
from training.pack import lite, manifest
from training.report import headline, sanity


@pytest.fixture(scope="module")
def pack(dataset, tmp_path_factory):
    """A pack of a net of one convolution, taught the drawn faces for a moment."""
    keras.utils.set_random_seed(1)
    net = keras.Sequential(
        [
            keras.Input((SIZE, SIZE, 3)),
            keras.layers.Conv2D(8, 8, 8, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(len(CLASSES)),
        ]
    )
    with data.Store(dataset) as store:
        train = data.load(store, "train")
    images = lite.unit(lite.crops(train, 0.02))
    net.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    net.fit(images, train.labels, epochs=25, verbose=0)
    folder = tmp_path_factory.mktemp("pack")
    for kind, file in lite.FILES.items():
        (folder / file).write_bytes(lite.convert(net, kind, lite.crops(train, 0.02)))
    net.save(folder / "model.keras")
    (folder / "patches").mkdir()
    cv2.imwrite(str(folder / "patches" / "none-correct-2.png"), np.random.default_rng(1).integers(0, 256, (14, 14, 3), np.uint8))
    stored = {"file": "patches/none-correct-2.png", "from": "none", "to": "correct", "area": 0.02, "success": 0.1, "images": 6}
    manifest.write(folder, manifest.describe(folder, "tiny", 1, 0.02, [], [stored]))
    return folder


@pytest.fixture(scope="module")
def run(dataset, pack, tmp_path_factory):
    """The whole path once: arguments, the exit status, and the folder it wrote."""
    out = tmp_path_factory.mktemp("robustness")
    arguments = ["--data", str(dataset), "--base", str(pack), "--robust", str(pack), "--out", str(out), "--steps", "tiny", "--write-packs"]
    return arguments, robustness.main(arguments), out


def test_every_attack_and_figure_is_there(run):
    _, status, out = run
    assert status in (0, 1)  # next to no iterations: some checks on the figures cannot hold
    report = json.loads((out / "report.json").read_text())
    assert [row["verdict"] for row in report["headline"]].count("not measured") <= 4
    for pack in report["packs"].values():
        assert set(pack) == {"model", "seconds", *robustness.PLAN}
        names = {name for row in pack["ensemble_alone"]["rows"] for name in row["broken_by"]}
        expected = {"APGD-CE", "APGD-DLR", "Square", "RayS"} | {
            f"{name} {i}" for name in ("APGD-T CE", "APGD-T CW", "FAB-T") for i in (1, 2)
        }
        assert expected <= names
    held = {check["check"]: check["held"] for check in report["sanity"]}
    assert held["every place of a patch lies in a mask"]
    assert held["no patch at any place changes a certified answer"]
    assert held["certified ≤ attacked ≤ clean, image by image"]
    assert held["no patch at any place makes a face correct that is certified never to be"]
    assert held["no patch made a face correct that is certified never to be"]
    for row in report["headline"][:2]:
        assert row["figure"].startswith("certified never correct")
        assert 0 <= row["robust"]["value"] <= 1
    assert "<h3>Never correct</h3>" in (out / "report.html").read_text()


def test_the_page_stands_alone(run):
    page = (run[2] / "report.html").read_text()
    assert page.count("<svg") == 3
    assert not any(word in page for word in ("<script", "<link", "src=", "@import", "url(http"))
    for name in ("accuracy-linf.svg", "accuracy-patch.svg", "accuracy-corruption.svg"):
        assert "<svg" in (run[2] / name).read_text()


def test_packs_are_given_their_evaluation(run, pack):
    found = json.loads((pack / "evaluation.json").read_text())
    assert {"made", "data", "headline", "sanity", "clean", "certified", "ensemble_alone", "defended"} <= set(found)
    assert "| half the contrast | " in (pack / "MODEL_CARD.md").read_text()
    listed = manifest.read(pack)
    assert "evaluation.json" in listed["files"]
    assert listed["squeezing"]["threshold"] == found["detector"]["threshold"]


def test_finished_measurements_are_not_done_again(run, capsys):
    arguments, status, _ = run
    assert robustness.main(arguments) == status
    assert "..." not in capsys.readouterr().err


def test_what_another_network_gave_is_not_taken(run, monkeypatch, tmp_path, capsys):
    arguments, _, out = run
    shutil.copytree(out / "parts", tmp_path / "parts")
    there = [str(tmp_path) if a == str(out) else a for a in arguments if a != "--write-packs"]
    monkeypatch.setattr(Subject, "sha256", "of another network")
    robustness.main([*there, "--only", "clean"])
    assert [line for line in capsys.readouterr().err.splitlines() if line.endswith(" ...")] == ["base/clean ...", "robust/clean ..."]


def test_a_block_that_was_not_finished_is_measured_alone(run, tmp_path, capsys):
    arguments, _, out = run
    shutil.copytree(out / "parts", tmp_path / "parts")
    (tmp_path / "parts/robust/ensemble_smoothed-2of2.json").unlink()
    there = [str(tmp_path) if a == str(out) else a for a in arguments if a != "--write-packs"]
    robustness.main([*there, "--only"])
    assert "robust: ensemble_smoothed" in json.loads((tmp_path / "report.json").read_text())["missing"]
    capsys.readouterr()
    robustness.main([*there, "--only", "ensemble_smoothed"])
    assert [line for line in capsys.readouterr().err.splitlines() if line.endswith(" ...")] == ["robust/ensemble_smoothed-2of2 ..."]
    before, after = (json.loads((folder / "report.json").read_text())["packs"]["robust"] for folder in (out, tmp_path))
    assert after["ensemble_smoothed"] == before["ensemble_smoothed"]


def test_shards_make_what_one_machine_makes(run, tmp_path, capsys):
    arguments, _, out = run
    there = [a for a in arguments if a not in ("--write-packs", "--out", str(out))]
    names = ("ensemble_alone", "ensemble_smoothed", "clean")
    for k in (1, 2):
        folder = tmp_path / f"machine-{k}"
        assert robustness.main([*there, "--out", str(folder), "--shard", f"{k}/2", "--only", *names]) == 0
        assert f"shard {k} of 2 is in {folder}/parts" in capsys.readouterr().out
        assert not (folder / "report.json").exists()
        made = {p.relative_to(folder / "parts").as_posix()[:-5] for p in (folder / "parts").glob("*/*.json")}
        blocks = {f"{role}/{name}-{k}of2" for role in robustness.ROLES for name in names[:2]}
        assert made == {*blocks, f"{robustness.ROLES[k - 1]}/clean"}
        shutil.copytree(folder / "parts", tmp_path / "merged" / "parts", dirs_exist_ok=True)
    robustness.main([*there, "--out", str(tmp_path / "merged"), "--only", *names])
    assert "..." not in capsys.readouterr().err, "all was measured"
    one, merged = (json.loads((folder / "report.json").read_text())["packs"] for folder in (out, tmp_path / "merged"))
    for role in robustness.ROLES:
        assert {name: merged[role][name] for name in names} == {name: one[role][name] for name in names}


@pytest.mark.parametrize("shard", ["0/2", "3/2", "1", "1/", "a/b"])
def test_a_shard_that_is_none_is_refused(shard, capsys):
    with pytest.raises(SystemExit):
        robustness.main(["--data", "x", "--base", "x", "--robust", "x", "--shard", shard])
    assert f"{shard!r}: want K/N, such as 1/3, 2/3 and 3/3" in capsys.readouterr().err


def test_the_median_is_attacked_as_the_network_alone_is(run):
    report = json.loads((run[2] / "report.json").read_text())
    for pack in report["packs"].values():
        alone, smoothed = pack["ensemble_alone"], pack["ensemble_smoothed"]
        assert alone["settings"] == smoothed["settings"]
        assert [row["images"] for row in alone["rows"]] == [row["images"] for row in smoothed["rows"]]
        assert smoothed["backward"] == ["exact subgradient", "identity"]
        assert {"APGD-CE", "APGD-CE via identity", "examples of the network alone"} <= set(smoothed["rows"][-1]["broken_by"])
        rows = zip(pack["linf_alone"]["attacks"]["FGSM"], pack["linf_smoothed"]["attacks"]["FGSM"], strict=True)
        assert all(a["images"] == b["images"] for a, b in rows)
    page = (run[2] / "report.html").read_text()
    assert "Behind the median, the same crops met the same effort." in page
    full = ensemble.effort(Effort())
    assert (full.ce, full.dlr, full.targeted_ce, full.targeted_cw, full.restarts) == (50, 50, 50, 50, 2)
    assert ensemble.effort(Effort(factor=0.1)).ce == full.ce
    assert Effort().sample * len(CLASSES) >= 150


def test_what_is_finished_is_reported_without_the_rest(run, tmp_path):
    arguments, _, out = run
    shutil.copytree(out / "parts", tmp_path / "parts")
    for role in robustness.ROLES:
        for part in (tmp_path / "parts" / role).glob("*.json"):
            if part.stem not in ("clean", "patches_alone"):
                part.unlink()
    there = [str(tmp_path) if a == str(out) else a for a in arguments if a != "--write-packs"]
    assert robustness.main([*there, "--only"]) in (0, 1)
    report = json.loads((tmp_path / "report.json").read_text())
    assert "robust: defended" in report["missing"]
    assert {row["figure"] for row in report["headline"] if row["verdict"] != "not measured"} >= {"clean balanced accuracy"}
    page = (tmp_path / "report.html").read_text()
    assert page.count("<svg") == 1
    assert "Not measured: base: controls" in page


def weaken(pack):
    pack["linf_alone"]["attacks"]["FGSM"][1]["balanced_accuracy"] = -0.1


def slip(pack):
    pack["ensemble_alone"]["rows"][-1]["balanced_accuracy"] = 0.9


def gain(pack):
    pack["linf_smoothed"]["doubled"]["rows"][1]["balanced_accuracy"] = -0.1


def outdo(pack):
    pack["ensemble_smoothed"]["black_box"].append({"tried": 10, "newly_broken": 5})


def overpromise(pack):
    pack["defended"]["rows"][0]["certified"]["balanced_accuracy"] = 1.0


def puncture(pack):
    pack["brute_force"]["uncovered_places"]["k = 3, 2.0%"] = 1


def turn(pack):
    pack["defended"]["rows"][0]["turned_certificates"] = 1


def let_in(pack):
    pack["brute_force"]["turned"] = 3


def mask(pack):
    rows = zip(list(pack["linf_alone"]["attacks"].values())[-1], pack["ensemble_alone"]["rows"], strict=True)
    for pgd, worst in list(rows)[1:]:
        worst["balanced_accuracy"] = pgd["balanced_accuracy"] - sanity.MASKED - 0.01


def drift(pack):
    pack["clean"]["agreement"]["keras"] = 0.9


@pytest.mark.parametrize(
    ("tamper", "want"),
    [
        (weaken, ["iterative attacks are no weaker than the single step: the network alone"]),
        (slip, ["success rises with the radius: the network alone", "a large radius leaves chance at most: the network alone"]),
        (gain, ["doubled steps change nothing: 3x3 median, then the network"]),
        (outdo, ["black-box attacks beat white-box ones by noise at most: 3x3 median, then the network"]),
        (overpromise, ["certified ≤ attacked ≤ clean, image by image"]),
        (puncture, ["every place of a patch lies in a mask"]),
        (mask, ["steps of one length find nearly what the worst case has: the network alone"]),
        (turn, ["no patch made a face correct that is certified never to be"]),
        (let_in, ["no patch at any place makes a face correct that is certified never to be"]),
        (drift, ["the shipped file answers as the network whose gradients were used"]),
    ],
)
def test_figures_that_cannot_be_are_found(run, tamper, want):
    pack = json.loads((run[2] / "report.json").read_text())["packs"]["robust"]
    before = {c["check"] for c in sanity.check({"robust": pack}) if not c["held"]}
    tamper(pack)
    after = [c["check"] for c in sanity.check({"robust": pack}) if not c["held"] and c["check"] not in before]
    assert after == want


@pytest.mark.parametrize(
    ("value", "below", "want"),
    [
        (0.97, False, "aim"),
        (0.9, False, "must"),
        (0.8, False, "missed"),
        (None, False, "not measured"),
        (0.9, True, "aim"),
        (0.96, True, "missed"),
    ],
)
def test_verdicts(value, below, want):
    must, aim = (0.95, 0.9) if below else (0.86, 0.95)
    assert headline.Goal("figure", must, aim, (), lambda pack: None, below).verdict(value) == want


def test_a_measurement_is_done_again_for_another_model(tmp_path, capsys):
    runs = []
    for key in ({"model": 1}, {"model": 1}, {"model": 2}):
        result = Parts(tmp_path, {"base/clean": 3.0}).measure("base/clean", key, lambda: runs.append(1) or {"runs": len(runs)})
    assert result == {"runs": 2}
    assert capsys.readouterr().err.count("base/clean ...\nbase/clean: 0 s; about 0 min left\n") == 2


def test_a_pack_whose_files_disagree_is_refused(dataset, pack, tmp_path, capsys):
    copy = tmp_path / "pack"
    shutil.copytree(pack, copy)
    (copy / "model.tflite").write_bytes((copy / "model.tflite").read_bytes() + b"x")
    arguments = ["--data", str(dataset), "--base", str(copy), "--robust", str(copy), "--out", str(tmp_path / "out"), "--steps", "tiny"]
    assert robustness.main(arguments) == 65
    assert "model.tflite" in capsys.readouterr().err


def test_data_that_is_not_there(pack, tmp_path, capsys):
    arguments = ["--data", str(tmp_path / "no"), "--base", str(pack), "--robust", str(pack), "--out", str(tmp_path / "out")]
    assert robustness.main(arguments) == 65
    assert capsys.readouterr().err.startswith(f"error: {tmp_path / 'no'}: no such file or folder")
