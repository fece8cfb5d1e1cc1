"""Checks on the figures themselves (Carlini et al. 2019, arXiv:1902.06705): an evaluation that fails one is not to be believed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from training.measure.subject import VARIANTS

NOISE = 0.02  # of the balanced accuracy or of the sample: random starts alone move figures by so much
CHANCE = 1 / 3
MASKED = 0.1  # balanced accuracy by which PGD with steps of one length may be behind the worst case, before gradients count as masked
Check = tuple[str, bool, str]


def check(packs: dict[str, dict]) -> list[dict]:
    """Every check on every pack: {pack, check, held, detail}."""
    return [
        {"pack": role, "check": name, "held": bool(held), "detail": detail}
        for role, pack in packs.items()
        for name, held, detail in _checks(pack)
    ]


def _checks(pack: dict) -> Iterator[Check]:
    """The checks whose measurements are in the pack."""
    for variant, title in VARIANTS.items():
        for needs, checks in (
            ((f"linf_{variant}",), _single),
            ((f"ensemble_{variant}",), _worst),
            ((f"linf_{variant}", f"ensemble_{variant}"), _masked),
            ((f"patches_{variant}", "controls"), _patches),
        ):
            if all(name in pack for name in needs):
                yield from ((f"{name}: {title}", held, detail) for name, held, detail in checks(pack, variant))
    for needs, checks in (("defended", _defended), ("brute_force", _brute_force), ("clean", _forms), ("tools", _tools)):
        if needs in pack:
            yield from checks(pack)


def _forms(pack: dict) -> Iterator[Check]:
    agreement = pack["clean"]["agreement"]["keras"]
    yield "the shipped file answers as the network whose gradients were used", agreement >= 0.999, f"agreement {agreement}"


def _tools(pack: dict) -> Iterator[Check]:
    tools = pack["tools"]
    gaps = ", ".join(f"{name} {gap}" for name, gap in tools["largest_difference"].items())
    yield "our FGSM, PGD and C&W agree with those of ART and Foolbox", tools["agree"], gaps


def _single(pack: dict, variant: str) -> Iterator[Check]:
    single = pack[f"linf_{variant}"]
    fgsm, *iterative = single["attacks"].values()
    gaps = [r["balanced_accuracy"] - f["balanced_accuracy"] for rows in iterative for f, r in zip(fgsm, rows, strict=True)]
    yield "iterative attacks are no weaker than the single step", max(gaps) <= NOISE, f"at most {max(gaps):+.3f} balanced accuracy"
    once, twice = (r["balanced_accuracy"] for r in single["doubled"]["rows"])
    yield "doubled steps change nothing", abs(once - twice) <= NOISE, f"{once:.3f}, then {twice:.3f}"


def _worst(pack: dict, variant: str) -> Iterator[Check]:
    worst = pack[f"ensemble_{variant}"]
    values = [r["balanced_accuracy"] for r in worst["rows"]]
    rising = all(a >= b for a, b in pairwise(values)) and values[-1] < values[0]
    yield "success rises with the radius", rising, ", ".join(f"{v:.2f}" for v in values)
    last = worst["rows"][-1]
    left = last["balanced_accuracy"]
    yield "a large radius leaves chance at most", left <= CHANCE, f"{left:.2f} at {last['eps255']}/255"
    new, tried = (sum(r[k] for r in worst["black_box"]) for k in ("newly_broken", "tried"))
    detail = f"{new} of {tried} images that white-box attacks had left"
    yield "black-box attacks beat white-box ones by noise at most", new <= NOISE * max(tried, 1), detail


def _masked(pack: dict, variant: str) -> Iterator[Check]:
    """A network that met steps of one length in training can be safe from those alone (masking: Athalye et al. 2018, arXiv:1802.00420)."""
    *_, pgd = pack[f"linf_{variant}"]["attacks"].values()
    gaps = [p["balanced_accuracy"] - w["balanced_accuracy"] for p, w in zip(pgd, pack[f"ensemble_{variant}"]["rows"], strict=True)]
    yield "steps of one length find nearly what the worst case has", max(gaps) <= MASKED, f"at most {max(gaps):+.3f} balanced accuracy"


def _patches(pack: dict, variant: str) -> Iterator[Check]:
    rows = pack[f"patches_{variant}"]["rows"]
    values = [r["balanced_accuracy"] for r in rows]
    yield "success rises with the patch", all(a >= b for a, b in pairwise(values)), ", ".join(f"{v:.2f}" for v in values)
    noise = pack["controls"][variant]
    pairs = [(noise[name]["balanced_accuracy"], r) for r in rows if (name := f"noise patch {r['area']:.1%}") in noise]
    gaps = [r["balanced_accuracy"] - value for value, r in pairs]
    yield "made patches are no weaker than noise", max(gaps, default=0) <= NOISE, f"at most {max(gaps, default=0):+.3f} balanced accuracy"


def _defended(pack: dict) -> Iterator[Check]:
    rows = [r for r in pack["defended"]["rows"] if r["adaptive"]]
    triples = [tuple(r[k]["balanced_accuracy"] for k in ("certified", "attacked", "clean")) for r in rows]
    yield (
        "certified ≤ attacked ≤ clean, image by image",
        all(a <= b <= c for a, b, c in triples),
        "; ".join(f"{r['area']:.1%} {r['variant']}: {a:.2f} ≤ {b:.2f} ≤ {c:.2f}" for r, (a, b, c) in zip(rows, triples, strict=True)),
    )
    broken = sum(r["broken_certificates"] for r in pack["defended"]["rows"])
    yield "patches made against the network change no certified answer", broken == 0, f"{broken} changed"
    turned = sum(r.get("turned_certificates", 0) for r in pack["defended"]["rows"])
    yield "no patch made a face correct that is certified never to be", turned == 0, f"{turned} turned"


def _brute_force(pack: dict) -> Iterator[Check]:
    force = pack["brute_force"]
    detail = f"{force['changed']} of {force['answers']} answers changed, {force['places']} places on {len(force['images'])} images"
    yield "no patch at any place changes a certified answer", force["changed"] == 0, detail
    turned = force.get("turned", 0)
    yield "no patch at any place makes a face correct that is certified never to be", turned == 0, f"{turned} of {force['answers']} answers"
    holes = sum(force["uncovered_places"].values())
    yield "every place of a patch lies in a mask", holes == 0, f"{holes} places uncovered in {len(force['uncovered_places'])} sets"
