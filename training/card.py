"""The figures of a model card, put between its markers from the evaluation itself."""

from __future__ import annotations

from pathlib import Path

from training.model import CLASSES

BEGIN, END = "<!-- figures: written by training.evaluate -->", "<!-- end of figures -->"
TITLES = (("classifier", "Classifier alone"), ("median3_classifier", "3x3 median, then the classifier; the attack knows the median"))


def figures(result: dict) -> str:
    """Markdown tables of an evaluation (see evaluate.evaluate)."""
    lines = [f"{result['images']} crops of `{result['split']}`, model `{result['model']['sha256'][:12]}`, PGD-20 with steps of eps/4."]
    for key, title in TITLES:
        head = ["eps", "balanced accuracy", "95 %", *CLASSES]
        lines += ["", f"{title}:", "", f"| {' | '.join(head)} |", "| --- " * len(head) + "|"]
        for row in result[key]:
            name = f"{row['eps255']}/255" if row["eps255"] else "clean"
            recall = " | ".join(f"{row['recall'][c]:.2f}" for c in CLASSES)
            low, high = row["interval95"]
            lines.append(f"| {name} | {row['balanced_accuracy']:.3f} | {low:.2f} to {high:.2f} | {recall} |")
    return "\n".join(lines)


def update(path: Path, result: dict) -> bool:
    """Replaces the text between the markers of the card at path; False when there is no card or no markers."""
    if not path.is_file():
        return False
    text = path.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        return False
    before, rest = text.split(BEGIN, 1)
    path.write_text(f"{before}{BEGIN}\n\n{figures(result)}\n\n{END}{rest.split(END, 1)[1]}", encoding="utf-8")
    return True
