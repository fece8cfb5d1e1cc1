"""Sections on what the network does without an attacker: clean figures and controls."""

from __future__ import annotations

from training.measure.subject import VARIANTS
from training.net.model import CLASSES
from training.report.cells import HEAD, Section, Table, by_pack, cells


def clean(packs: dict) -> Section:
    """Figures by split, source and face size, confusion, and the agreement of the exports."""

    def lines(pack: dict, split: str):
        for variant, title in VARIANTS.items():
            found = pack["clean"][variant][split]
            yield [title, *cells(found), f"{found['calibration']['ece']:.3f}"]

    def groups(pack: dict, kind: str):
        for split in ("test", "val"):
            for name, row in pack["clean"]["alone"][split][kind].items():
                yield [split, name, str(row["images"]), *cells(row)]

    tables = [by_pack(packs, f"On {s}", ["network", *HEAD, "ECE"], lambda p, s=s: lines(p, s)) for s in ("test", "val")]
    tables.append(by_pack(packs, "By source, network alone", ["split", "source", "images", *HEAD], lambda p: groups(p, "by_source")))
    tables.append(by_pack(packs, "By face size, network alone", ["split", "face", "images", *HEAD], lambda p: groups(p, "by_face_size")))
    for role, pack in packs.items():
        table = pack["clean"]["alone"]["test"]["confusion"]
        rows = [[label, *(str(v) for v in counts[: len(CLASSES)])] for label, counts in zip(CLASSES, table, strict=True)]
        tables.append(Table(f"Confusion on test, {role}, network alone", ["truth \\ answer", *CLASSES], rows))
    kinds = list(next(iter(packs.values()))["clean"]["agreement"])
    forms = Table("Answers of other forms that agree with the float32 file, on all of test", ["pack", *kinds],
                  [[role, *(f"{v:.2%}" for v in pack["clean"]["agreement"].values())] for role, pack in packs.items()])  # fmt: skip
    return Section(
        "Without an attack",
        "Balanced accuracy is the mean of the three recalls. ECE is the expected calibration error over 15 bins. "
        "Brackets hold 95 % intervals, bootstrapped over groups (one person or scene), 1,000 rounds.",
        [*tables, forms],
    )


def controls(packs: dict) -> Section:
    """Patches without a purpose and corruptions."""

    def lines(pack: dict, variant: str):
        yield from ([name, *cells(row)] for name, row in pack["controls"][variant].items())

    tables = [by_pack(packs, title.capitalize(), ["change", *HEAD], lambda p, v=v: lines(p, v)) for v, title in VARIANTS.items()]
    return Section("Controls", "Patches without a purpose, at random places, and what cameras do to pictures; all of test.", tables)
