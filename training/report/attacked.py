"""Sections on what attacks do to the network alone: L-infinity, L2, patches."""

from __future__ import annotations

from training.measure.subject import VARIANTS
from training.net.model import CLASSES
from training.report import effort
from training.report.cells import HEAD, Section, Table, by_pack, cells, number, share
from training.report.curves import attacked


def linf(packs: dict) -> Section:
    """Accuracy by attack and radius, and which attack of the ensemble broke what."""

    def lines(pack: dict, variant: str):
        for name, rows in pack[f"linf_{variant}"]["attacks"].items():
            yield from ([name, f"{r['eps255']}/255", *cells(r)] for r in rows if r["eps255"])
        yield from (["worst case", f"{r['eps255']}/255", *cells(r)] for r in attacked(pack[f"ensemble_{variant}"]["rows"]))

    def broken(pack: dict):
        for variant, title in VARIANTS.items():
            for row in attacked(pack[f"ensemble_{variant}"]["rows"]):
                found = ", ".join(f"{name} {count}" for name, count in row["broken_by"].items() if count) or "none"
                yield [title, f"{row['eps255']}/255", found]

    tables = [by_pack(packs, title.capitalize(), ["attack", "radius", *HEAD], lambda p, v=v: lines(p, v)) for v, title in VARIANTS.items()]
    tables.append(by_pack(packs, "Images newly broken, by the attack that did it, in order", ["network", "radius", "by"], broken))
    return Section(
        "L∞ attacks",
        "White-box, on the stratified sample. The single attacks pass the median with its exact subgradient. The worst case: "
        + " ".join(effort.sentences(next(iter(packs.values()))))
        + " What broke the network alone is tried behind the median, too. An image broken at one radius counts as broken at larger ones.",
        tables,
    )


def minimal(packs: dict) -> Section:
    """Carlini & Wagner: distortions, and accuracy against their budget."""

    def lines(pack: dict):
        for row in pack["minimal"]["rows"]:
            yield [f"L2 ≤ {row['l2']:g}", *cells(row)]

    def success(pack: dict):
        found = pack["minimal"]
        yield [str(found["images"]), f"{found['success']:.1%}", number(found["median_l2"])]

    return Section(
        "Smallest change that turns an answer: Carlini & Wagner, L2",
        next(iter(packs.values()))["minimal"]["setting"],
        [
            by_pack(packs, "Distortion", ["images attacked", "turned", "median L2"], success),
            by_pack(packs, "Accuracy against L2", ["budget", *HEAD], lines),
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


def patches(packs: dict) -> Section:
    """Accuracy by area, and who was brought where."""

    tables = [
        by_pack(
            packs,
            title.capitalize(),
            ["area", "side", "made at", *HEAD],
            lambda p, v=v: ([f"{r['area']:.1%}", f"{r['side_px']} px", r["made"], *cells(r)] for r in p[f"patches_{v}"]["rows"]),
        )
        for v, title in VARIANTS.items()
    ]
    rows = _pairs(packs, lambda p: p["patches_alone"]["rows"])
    tables.append(Table("Share of images brought from one class to another, network alone", ["pack", "area", *PAIRS], rows))
    return Section(
        "Patches made for each image",
        "A square of free content at the best place of a grid from corner to corner, made for every image three times: away from its "
        "class and toward each of the two others; the worst of all is counted. An image turned by a smaller patch counts as turned by "
        "every larger one. Through the median, the patches made against the network alone are tried first.",
        tables,
    )


def physical(packs: dict) -> Section:
    """Patches under EOT transforms."""

    def lines(pack: dict):
        for row in pack["physical"]["rows"]:
            yield [f"{row['area']:.1%}", f"{row['side_px']} px", number(row["transforms_turned"]), *cells(row)]

    return Section(
        "Patches under EOT transforms",
        next(iter(packs.values()))["physical"]["setting"] + " Transforms turned: of all transforms of patches on images that the "
        "network classifies right, the share that turned the answer. On half of the sample.",
        [by_pack(packs, "Balanced accuracy by area", ["area", "side", "transforms turned", *HEAD], lines)],
    )


def tools(packs: dict) -> Section:
    """The same attacks by three tools."""

    def lines(pack: dict):
        found = pack["tools"]
        rows = {f"{name.upper()}: accuracy left": of for name, of in found["robust_accuracy"].items()}
        for name, of in (rows | {"C&W: median L2": found["carlini_median_l2"]}).items():
            yield [name, *(number(of[tool]) for tool in ("ours", "art", "foolbox"))]

    some = next(iter(packs.values()))["tools"]
    return Section(
        "The same attacks by other tools",
        f"On {some['images']} crops of val that the network classifies right, C&W on {some['carlini_images']}: our own, ART "
        f"{some['versions']['art']} and Foolbox {some['versions']['foolbox']} with the same radius ({some['settings']['eps255']:g}/255), "
        "steps and restarts.",
        [by_pack(packs, "Accuracy left, and distortion", ["figure", "ours", "ART", "Foolbox"], lines)],
    )


def universal(packs: dict) -> Section:
    """The stored patches."""

    def lines(pack: dict):
        for row in pack["universal"]["rows"]:
            shares = (share(row[k]) for k in ("fixed", "random", "best", "physical"))
            yield [f"{row['from']} → {row['to']}", f"{row['area']:.1%}", number(row["success_at_making"]), *shares]

    head = ["pair", "area", "at making, on val", "fixed place", "random place", "best of 25 places", "as printed"]
    return Section(
        "One patch for all faces",
        next(iter(packs.values()))["universal"]["setting"],
        [by_pack(packs, "Share of the images of the first class that were answered as the second", head, lines)],
    )
