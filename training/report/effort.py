"""How long the attacks of a report tried, in words made of its settings, and the worst case by radius next to it."""

from __future__ import annotations

from training.measure.subject import VARIANTS

# What the gradients through the median are called. The last two stand in packs that were measured before these words.
BACKWARD = {
    "exact subgradient": "its exact subgradient",
    "identity": "the identity in its place (BPDA)",
    "blur": "a blur in its place",
    "the network alone": "the gradient of the network alone",
}
STEPS = {"ce": "cross-entropy", "dlr": "DLR", "targeted_ce": "targeted cross-entropy", "targeted_cw": "targeted margin"}
OTHERS = {"fab": "FAB takes {} steps.", "square": "Square asks {} times.", "rays": "RayS asks {} times."}


def sentences(pack: dict) -> list[str]:
    """What the worst case of a pack's report was made with, with and without the median."""
    alone, smoothed = (pack[f"ensemble_{variant}"] for variant in VARIANTS)
    same = alone["settings"] == smoothed["settings"] and alone["rows"][0]["images"] == smoothed["rows"][0]["images"]
    ways = [BACKWARD[name] for name in smoothed["backward"]]
    return [
        f"The network alone was attacked on {alone['rows'][0]['images']} crops. {_settings(alone['settings'])}",
        "Behind the median, the same crops met the same effort."
        if same
        else f"Behind the median, it was {smoothed['rows'][0]['images']} crops. {_settings(smoothed['settings'])}",
        f"Gradients pass the median in {len(ways)} ways: {_list(ways)}. The worst of all counts.",
    ]


def _settings(settings: dict) -> str:
    """In sentences, each attack's steps."""
    runs = "1 run" if settings["restarts"] == 1 else f"{settings['restarts']} runs"
    said = []
    for steps in dict.fromkeys(settings[name] for name in STEPS if settings[name]):
        losses = _list([words for name, words in STEPS.items() if settings[name] == steps])
        said.append(f"APGD takes {steps} steps on {losses}, {runs} of each.")
    return " ".join(said + [words.format(settings[name]) for name, words in OTHERS.items() if settings[name]])


def _list(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def markdown(base: dict, robust: dict) -> str:
    """The effort, and the balanced accuracy of both packs by radius alone and behind the median, for a document.

    base, robust: the packs' evaluation.json.
    """
    lines = [f"- {said}" for said in sentences(robust)]
    lines += ["", "| radius, of 255 | base alone | base, median | robust alone | 95 % | robust, median | 95 % |", "| --- |" + " --- |" * 6]
    rows = [e[f"ensemble_{variant}"]["rows"] for e in (base, robust) for variant in VARIANTS]
    for of_base, of_base_smoothed, *of_robust in zip(*rows, strict=True):
        cells = [f"{row['balanced_accuracy']:.3f}" for row in (of_base, of_base_smoothed)]
        for row in of_robust:
            low, high = row["interval95"]
            cells += [f"{row['balanced_accuracy']:.3f}", f"{low:.2f} to {high:.2f}"]
        lines.append(f"| {of_base['eps255']} | {' | '.join(cells)} |")
    return "\n".join(lines)
