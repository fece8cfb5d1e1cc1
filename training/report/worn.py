"""What becomes of each kind of `incorrect`: a section of the report, and a table for a document."""

from __future__ import annotations

from training.report.cells import Section, by_pack, share

NAMES = {"nose": "nose out", "chin": "on the chin", "eyes": "over eyes or forehead", "hanging": "hanging beside the jaw", "other": "other"}


def section(packs: dict) -> Section:
    """Reported right, and reported as `correct`, by kind."""

    def lines(pack: dict):
        for kind, row in pack["worn"]["rows"].items():
            yield [NAMES[kind], str(row["images"]), share(row["right"]), share(row["to_correct"])]

    found = next(iter(packs.values()))["worn"]
    return Section(
        "How a mask is worn incorrectly",
        f"Of the crops of {found['split']} whose kind is labeled, worn by {found['people']} people, behind the smoothing. "
        f"{found['split']} chose the weights, so these figures are too good for strangers. "
        "Nose out → correct is the most harmful. Brackets: Clopper-Pearson.",
        [by_pack(packs, "By kind", ["kind", "images", "reported incorrect", "reported correct"], lines)],
    )


def markdown(packs: dict) -> str:
    """The same of base and robust as a table, from the packs of a report."""
    base, robust = (packs[role]["worn"] for role in ("base", "robust"))
    lines = [
        "`make robustness ONLY=worn WRITE=1 TABLES=worn` measured the labeled crops of "
        f"`{robust['split']}`, worn by {robust['people']} people.",
        f"`{robust['split']}` chose the weights, so the figures are too good for strangers. Intervals are 95 % (Clopper-Pearson).",
        "",
        "| kind | crops | right, base | right, robust | 95 % | as correct, base | as correct, robust | 95 % |",
        "| --- |" + " --- |" * 7,
    ]
    for kind, row in robust["rows"].items():
        cells = [NAMES[kind], str(row["images"])]
        for name in ("right", "to_correct"):
            for found in (base["rows"][kind][name], row[name]):
                cells.append("–" if found["value"] is None else f"{found['value']:.2f}")
            interval = row[name]["interval95"]
            cells.append(f"{interval[0]:.2f} to {interval[1]:.2f}" if interval else "")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
