"""Light and ImageNet-C's corruptions: the section of the page, and what docs/RESULTS.md shows of them."""

from __future__ import annotations

from training.corrupt.kinds import STRENGTHS
from training.measure import corruption
from training.report.cells import HEAD, Section, Table, by_pack, cells, number

KEPT = ("balanced_accuracy", "interval95", "recall", "none_to_correct")  # of a row, in what is published
ALL = "**all kinds**"
# The rungs of the README's table, in a newcomer's words.
SUMMARY = {
    "as it is": "no change",
    "light × 0.5": "half of the light",
    "light × 0.25": "a quarter of the light",
    "light × 1.4": "too much light (× 1.4)",
    "half the contrast": "half of the contrast",
    "warm color cast": "the light of a warm lamp",
    "cold color cast": "the light of a cold lamp",
}


def section(packs: dict) -> Section:
    """The ladder of light, and every kind at every strength."""

    def rungs(pack: dict):
        yield from ([name, *cells(row)] for name, row in pack["light"].items())

    def kinds(pack: dict):
        for name, rows in {**pack["corruption"]["kinds"], "all kinds": pack["corruption"]["all"]}.items():
            yield [name, *(number(r["balanced_accuracy"], r["interval95"]) for r in (*rows["strengths"], rows["mean"]))]

    tables = [
        by_pack(packs, "Light", ["light", *HEAD], rungs),
        by_pack(packs, "Balanced accuracy by strength", ["kind", *(str(s) for s in STRENGTHS), "mean"], kinds),
    ]
    if len(packs) == 2:
        base, robust = (packs[role]["corruption"] for role in ("base", "robust"))
        rows = [[kind, number(corruption.error(base["kinds"][kind]["mean"], found["mean"]))] for kind, found in robust["kinds"].items()]
        rows.append(["all kinds (mCE)", number(corruption.mean_error(base, robust))])
        tables.append(Table("Corruption error: errors of robust, divided by those of base", ["kind", "error"], rows))
    return Section(
        "Light, weather and cameras",
        "All of test behind the smoothing, every picture changed alike: a ladder of light, and the fifteen kinds and five strengths of "
        "ImageNet-C (Hendrycks & Dietterich 2019), scaled for crops of a face. Below 1, robust makes fewer errors than base.",
        tables,
    )


def published(report: dict) -> dict:
    """What docs/RESULTS.md is made from: models, crops, seconds, and the rows of base and robust; KeyError where they were not measured."""
    parts = ("light", "corruption")
    found = {
        role: {
            "model": pack["model"],
            "seconds": round(sum(pack["seconds"][part] for part in parts)),
            "light": {name: _short(row) for name, row in pack["light"].items()},
            "kinds": {kind: _rows(rows) for kind, rows in pack["corruption"]["kinds"].items()},
            "all": _rows(pack["corruption"]["all"]),
        }
        for role, pack in report["packs"].items()
    }
    return {"split": report["data"]["split"], "images": report["data"]["images"], "seed": report["made"]["seed"], "packs": found}


def markdown(figures: dict) -> str:
    """The two tables of what `published` gives, and what was run for them."""
    base, robust = (figures["packs"][role] for role in ("base", "robust"))
    count, seconds = sum(figures["images"].values()), base["seconds"] + robust["seconds"]
    lines = [
        f"`make robustness ONLY='light corruption' WRITE=1` measured both packs on {count:,} crops of `{figures['split']}`. It took "
        f"{seconds:,} s on two shared cores.",
        "",
        "| light | base | 95 % | robust | 95 % | recall of incorrect, robust | none → correct, robust |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, row in robust["light"].items():
        rest = f"{row['recall']['incorrect']:.2f} | {row['none_to_correct']:.3f}"
        lines.append(f"| {name} | {_figure(base['light'][name])} | {_figure(row)} | {rest} |")
    error = corruption.mean_error(base, robust)
    lines += [
        "",
        f"Mean corruption error of robust, by base: **{_number(error)}**. It is the paper's mCE, with base in the place of AlexNet, and "
        "with 1 - balanced accuracy as the error. Above 1, robust makes more errors than base.",
        "",
        f"| kind | pack | {' | '.join(str(s) for s in STRENGTHS)} | mean | 95 % | none → correct | error by base |",
        "| --- | --- | " + "--- | " * len(STRENGTHS) + "--- | --- | --- | --- |",
    ]
    for kind in (*robust["kinds"], ALL):
        rows = [pack["all"] if kind == ALL else pack["kinds"][kind] for pack in (base, robust)]
        value = error if kind == ALL else corruption.error(rows[0]["mean"], rows[1]["mean"])
        for role, found, shown in zip(("base", "robust"), rows, ("", _number(value)), strict=True):
            strengths = " | ".join(f"{r['balanced_accuracy']:.2f}" for r in found["strengths"])
            mean = found["mean"]
            lines.append(f"| {kind} | {role} | {strengths} | {_figure(mean)} | {mean['none_to_correct']:.3f} | {shown} |")
    return "\n".join(lines)


def summary(figures: dict) -> str:
    """The README's table of what `published` gives."""
    base, robust = (figures["packs"][role] for role in ("base", "robust"))
    rows = {words: (base["light"][rung], robust["light"][rung]) for rung, words in SUMMARY.items()}
    kinds = len(robust["kinds"])
    rows[f"{kinds} kinds of noise, blur, weather and compression, five strengths each"] = (base["all"]["mean"], robust["all"]["mean"])
    lines = [
        "| balanced accuracy without an attacker | undefended network | shipped network | 95 % | bare faces called `correct`, shipped |",
        "| --- | --- | --- | --- | --- |",
    ]
    for words, (one, other) in rows.items():
        lines.append(f"| {words} | {one['balanced_accuracy']:.3f} | {_figure(other)} | {other['none_to_correct']:.3f} |")
    return "\n".join(lines)


def _rows(rows: dict) -> dict:
    return {"strengths": [_short(r) for r in rows["strengths"]], "mean": _short(rows["mean"])}


def _short(row: dict) -> dict:
    return {name: row[name] for name in KEPT}


def _figure(row: dict) -> str:
    return f"{row['balanced_accuracy']:.3f} | {row['interval95'][0]:.2f} to {row['interval95'][1]:.2f}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
