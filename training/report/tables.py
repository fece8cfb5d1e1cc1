"""The figures as tables and plots of a page: sections made from report.json alone."""

from __future__ import annotations

from dataclasses import dataclass, field

from training.measure.subject import VARIANTS
from training.model import CLASSES
from training.report import plots


@dataclass(frozen=True)
class Table:
    """Rows of text cells under a head."""

    title: str
    head: list[str]
    rows: list[list[str]]
    note: str = ""


@dataclass(frozen=True)
class Section:
    """A heading of the report with what stands below it; figures are SVG texts."""

    title: str
    text: str
    tables: list[Table]
    figures: list[str] = field(default_factory=list)


def number(value: float | None, interval: list[float] | None = None) -> str:
    """0.87 (0.83–0.90), or a dash for what was not measured."""
    if value is None:
        return "–"
    if not interval or interval[0] is None:
        return f"{value:.3f}"
    return f"{value:.2f} ({interval[0]:.2f}–{interval[1]:.2f})"


def share(proportion: dict) -> str:
    """12 % (8–17 %) of a squeeze.proportion."""
    if proportion["value"] is None:
        return "–"
    low, high = proportion["interval95"]
    return f"{proportion['value']:.1%} ({low:.1%}–{high:.1%})"


HEAD = ["balanced accuracy", *(f"recall {c}" for c in CLASSES), "none → correct"]


def cells(row: dict) -> list[str]:
    """What stands under HEAD for a score.row."""
    recalls = [number(row["recall"][c], row["recall_interval95"][c]) for c in CLASSES]
    bare = number(row["none_to_correct"], row["none_to_correct_interval95"])
    return [number(row["balanced_accuracy"], row["interval95"]), *recalls, bare]


def sections(report: dict) -> list[Section]:
    """All sections below the headline and the checks, in reading order."""
    packs = report["packs"]
    return [
        _clean(packs),
        _linf(packs),
        _minimal(packs),
        _patches(packs),
        _universal(packs),
        _defended(packs),
        _certified(packs),
        _detector(packs),
        _controls(packs),
    ]


def curve_plots(report: dict) -> dict[str, str]:
    """The two curves of base and robust, by file name: accuracy against L-infinity strength and against patch area."""
    packs = report["packs"]
    linf, patch = [], []
    for variant, dash in zip(VARIANTS, ("solid", "dashed"), strict=True):
        for role in packs:
            suffix = "" if variant == "alone" else ", with 3x3 median"
            clean = packs[role]["clean"][variant]["sample"]
            linf.append(_line(f"{role}{suffix}", [clean, *_attacked(packs[role][f"ensemble_{variant}"]["rows"])], role, dash))
            patch.append(_line(f"{role}{suffix}", [clean, *packs[role][f"patches_{variant}"]["rows"]], role, dash))
    masked = [r for r in packs["robust"]["defended"]["rows"] if r["variant"] == "alone"]
    patch.append(_line("robust, masking on", [packs["robust"]["clean"]["alone"]["sample"], *(r["attacked"] for r in masked)], "extra", "solid"))
    radii = ["0", *(str(r["eps255"]) for r in _attacked(packs["robust"]["ensemble_alone"]["rows"]))]
    areas = ["0", *(f"{100 * r['area']:g}" for r in packs["robust"]["patches_alone"]["rows"])]
    return {
        "accuracy-linf.svg": plots.curves(
            "linf", radii, linf, "L∞ radius, of 255 (not to scale)", "balanced accuracy, worst case of the ensemble"
        ),
        "accuracy-patch.svg": plots.curves(
            "patch", areas, patch, "area of the patch, % of the crop (not to scale)", "balanced accuracy, best of 25 places, all aims"
        ),
    }


def _attacked(rows: list[dict]) -> list[dict]:
    return [r for r in rows if r["eps255"]]


def _line(label: str, rows: list[dict], colour: str, dash: str) -> plots.Curve:
    # Only the undotted lines carry a band: more would hide one another.
    bands = [tuple(r["interval95"]) for r in rows] if dash == "solid" else None
    return plots.Curve(label, [r["balanced_accuracy"] for r in rows], bands, colour, dash)


def _by_pack(packs: dict, title: str, first: list[str], rows_of, note: str = "") -> Table:
    rows = [[role, *row] for role, pack in packs.items() for row in rows_of(pack)]
    return Table(title, ["pack", *first], rows, note)


def _clean(packs: dict) -> Section:
    def lines(pack: dict, split: str):
        for variant, title in VARIANTS.items():
            found = pack["clean"][variant][split]
            yield [title, *cells(found), f"{found['calibration']['ece']:.3f}"]

    def groups(pack: dict, kind: str):
        for split in ("test", "val"):
            for name, row in pack["clean"]["alone"][split][kind].items():
                yield [split, name, str(row["images"]), *cells(row)]

    tables = [_by_pack(packs, f"On {s}", ["network", *HEAD, "ECE"], lambda p, s=s: lines(p, s)) for s in ("test", "val")]
    tables.append(_by_pack(packs, "By source, network alone", ["split", "source", "images", *HEAD], lambda p: groups(p, "by_source")))
    tables.append(_by_pack(packs, "By face size, network alone", ["split", "face", "images", *HEAD], lambda p: groups(p, "by_face_size")))
    for role, pack in packs.items():
        table = pack["clean"]["alone"]["test"]["confusion"]
        rows = [[label, *(str(v) for v in counts[: len(CLASSES)])] for label, counts in zip(CLASSES, table, strict=True)]
        tables.append(Table(f"Confusion on test, {role}, network alone", ["truth \\ answer", *CLASSES], rows))
    kinds = list(packs["robust"]["clean"]["agreement"])
    forms = Table("Answers of other forms that agree with the float32 file, on all of test", ["pack", *kinds],
                  [[role, *(f"{v:.2%}" for v in pack["clean"]["agreement"].values())] for role, pack in packs.items()])  # fmt: skip
    return Section(
        "Without an attack",
        "Balanced accuracy is the mean of the three recalls. ECE is the expected calibration error over 15 bins. "
        "Brackets hold 95 % intervals, bootstrapped over groups (one person or scene), 1,000 rounds.",
        [*tables, forms],
    )


def _linf(packs: dict) -> Section:
    def lines(pack: dict, variant: str):
        for name, rows in pack[f"linf_{variant}"]["attacks"].items():
            yield from ([name, f"{r['eps255']}/255", *cells(r)] for r in rows if r["eps255"])
        yield from (["worst case", f"{r['eps255']}/255", *cells(r)] for r in _attacked(pack[f"ensemble_{variant}"]["rows"]))

    def broken(pack: dict):
        for variant, title in VARIANTS.items():
            for row in _attacked(pack[f"ensemble_{variant}"]["rows"]):
                found = ", ".join(f"{name} {count}" for name, count in row["broken_by"].items() if count) or "none"
                yield [title, f"{row['eps255']}/255", found]

    tables = [_by_pack(packs, title.capitalize(), ["attack", "radius", *HEAD], lambda p, v=v: lines(p, v)) for v, title in VARIANTS.items()]
    tables.append(_by_pack(packs, "Images newly broken, by the attack that did it, in the order of attack", ["network", "radius", "by"], broken))
    return Section(
        "L∞ attacks",
        "White-box on the stratified sample; through the median with its exact subgradient and, in the worst case, also with "
        "the identity and a box blur as backward passes and by transfer. An image broken at one radius counts as broken at every larger one.",
        tables,
    )


def _minimal(packs: dict) -> Section:
    def lines(pack: dict):
        for row in pack["minimal"]["rows"]:
            yield [f"L2 ≤ {row['l2']:g}", *cells(row)]

    def success(pack: dict):
        found = pack["minimal"]
        yield [str(found["images"]), f"{found['success']:.1%}", number(found["median_l2"])]

    return Section(
        "Smallest change that turns an answer: Carlini & Wagner, L2",
        packs["robust"]["minimal"]["setting"],
        [
            _by_pack(packs, "Distortion", ["images attacked", "turned", "median L2"], success),
            _by_pack(packs, "Accuracy against L2", ["budget", *HEAD], lines),
        ],
    )


def _pairs(packs: dict, rows_of) -> list[list[str]]:
    found = []
    for role, pack in packs.items():
        for row in rows_of(pack):
            shares = [f"{row['pairs'][a].get(b, 0):.2f}" if row["pairs"][a] else "–" for a in CLASSES for b in CLASSES if a != b]
            found.append([role, f"{row['area']:.1%}", *shares])
    return found


PAIRS = [f"{a} → {b}" for a in CLASSES for b in CLASSES if a != b]


def _patches(packs: dict) -> Section:
    tables = [
        _by_pack(
            packs,
            title.capitalize(),
            ["area", "side", *HEAD],
            lambda p, v=v: ([f"{r['area']:.1%}", f"{r['side_px']} px", *cells(r)] for r in p[f"patches_{v}"]["rows"]),
        )
        for v, title in VARIANTS.items()
    ]
    rows = _pairs(packs, lambda p: p["patches_alone"]["rows"])
    tables.append(Table("Share of images brought from one class to another, network alone", ["pack", "area", *PAIRS], rows))
    return Section(
        "Patches made for each image",
        "A square of free content at the best of 25 places (a 5 x 5 grid from corner to corner), made for every image three times: "
        "away from its class and towards each of the two others. The worst of all is counted.",
        tables,
    )


def _universal(packs: dict) -> Section:
    def lines(pack: dict):
        for row in pack["universal"]["rows"]:
            yield [
                f"{row['from']} → {row['to']}", f"{row['area']:.1%}", row["made"], *(share(row[k]) for k in ("fixed", "random", "best", "physical")),
            ]  # fmt: skip

    head = ["pair", "area", "made", "fixed place", "random place", "best of 25 places", "as printed"]
    return Section(
        "One patch for all faces",
        packs["robust"]["universal"]["setting"],
        [_by_pack(packs, "Share of the images of the first class that were answered as the second", head, lines)],
    )


def _defended(packs: dict) -> Section:
    def lines(pack: dict):
        for row in pack["defended"]["rows"]:
            how = "transfer and adaptive" if row["adaptive"] else "transfer"
            yield [
                VARIANTS[row["variant"]], f"{row['area']:.1%}", how, number(row["certified"]["balanced_accuracy"]), *cells(row["attacked"]),
                number(row["clean"]["balanced_accuracy"]),
            ]  # fmt: skip

    head = ["network", "area", "attacks", "certified", *HEAD, "clean"]
    return Section(
        "Patches against the whole defence",
        "PatchCleanser's double masking with three masks per axis, made for the area of the attack. Transfer: the patches made against "
        "the network alone. Adaptive: the patch sits under the mask whose views are weakest, and is made so that all other views agree "
        "on the attacker's class; answers that all views share cannot be changed by any patch and are not attacked again.",
        [_by_pack(packs, "Balanced accuracy, worst case per image", head, lines)],
    )


def _certified(packs: dict) -> Section:
    def recovery(pack: dict):
        for row in pack["certified"]["rows"]:
            found = row["recovery"]
            yield [
                VARIANTS[row["variant"]], str(row["masks_per_axis"]), f"{row['area']:.1%}", f"{row['split']} ({found['images']})",
                number(found["accuracy"], found["accuracy_interval95"]), *cells(found), number(row["clean"]["balanced_accuracy"]), str(row["passes"]["mean"]),
            ]  # fmt: skip

    def detection(pack: dict):
        for row in pack["certified"]["rows"]:
            for found in row["detection"]:
                sure = found["certified"]
                yield [
                    VARIANTS[row["variant"]], str(row["masks_per_axis"]), f"{row['area']:.1%}", f"{found['tau']:g}",
                    number(sure["accuracy"], sure["accuracy_interval95"]), *cells(sure), share(found["false_alarms"]),
                ]  # fmt: skip

    return Section(
        "Certified against patches",
        "PatchCleanser: the share of clean images whose right answer no square patch of the area can change (recovery), or change without "
        "an alarm (detection: some masked view disagrees with a confidence above tau). Masks are put on model-input pixels, before any "
        "smoothing. none → correct is an upper bound: bare faces for which the clean views do not exclude it. Six masks per axis need "
        "667 passes an image, so those rows are of the stratified sample.",
        [
            _by_pack(packs, "Recovery", ["network", "k", "area", "images", "all images", *HEAD, "clean, masking on", "passes"], recovery),
            _by_pack(packs, "Detection", ["network", "k", "area", "tau", "all images", *HEAD, "alarms on clean"], detection),
        ],
    )


def _detector(packs: dict) -> Section:
    def lines(pack: dict):
        found = pack["detector"]
        for row in found["legitimate"]:
            yield ["legitimate images (false alarms)", f"{row['aimed_rate']:.0%}", share(row["test"])]
        for attack in found["static"]:
            yield from ([f"{attack['attack']}, {attack['eps255']}/255: flagged", f"{d['aimed_rate']:.0%}", share(d)] for d in attack["detected"])

    def adaptive(pack: dict):
        for row in pack["detector"]["adaptive"]:
            yield [f"{row['eps255']}/255", share(row["wrong"]), share(row["wrong_and_silent"]), share(row["detected"])]

    def alarms(pack: dict):
        found = pack["detector"]["alarms_per_camera_day"]
        yield ["1, no vote", f"{found['without_vote']:,}", ""]
        for row in found["rows"]:
            low, high = row["interval95"]
            yield [f"{row['votes']} of {found['frames_per_person']}", f"{row['alarms']:,.1f}", f"{low:,.0f} to {high:,.0f}"]

    found = packs["robust"]["detector"]
    return Section(
        "Feature-squeezing detector",
        f"{found['bits']} bits and a 3x3 median; the threshold is the order statistic of val for a stated rate of false alarms. An attack counts "
        "where it changed a right answer. Brackets: Clopper-Pearson. Alarms per camera-day: one judged face a second, ten frames a person, "
        "frames of a person drawn from the pictures of one group.",
        [
            _by_pack(packs, "Attacks that do not know of it", ["images", "rate aimed at on val", "on test"], lines),
            _by_pack(packs, "Attacks that avoid it", ["radius", "answer wrong", "wrong and not flagged", "flagged of the wrong"], adaptive),
            _by_pack(packs, "False alarms per camera-day", ["flagged frames needed", "alarms", "95 %"], alarms),
        ],
    )


def _controls(packs: dict) -> Section:
    def lines(pack: dict, variant: str):
        yield from ([name, *cells(row)] for name, row in pack["controls"][variant].items())

    tables = [_by_pack(packs, title.capitalize(), ["change", *HEAD], lambda p, v=v: lines(p, v)) for v, title in VARIANTS.items()]
    return Section("Controls", "Patches without a purpose, at random places, and what cameras do to pictures; all of test.", tables)
