"""Plots as SVG text: curves of base and robust with interval bands, in colors that color-blind readers can distinguish."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

import matplotlib
from matplotlib.figure import Figure

# Okabe & Ito's palette for light ground; the page replaces each by a variable, so that dark ground has its own.
COLORS = {"ink": "#1c1c1e", "faint": "#8a8a8f", "base": "#d55e00", "robust": "#0072b2", "extra": "#009e73"}
DASHES = {"solid": "-", "dashed": (0, (5, 2)), "dotted": (0, (1, 1.6))}
STYLE = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["system-ui", "Segoe UI", "Helvetica", "Arial", "DejaVu Sans"],
    "font.size": 9.5,
    "axes.edgecolor": COLORS["faint"],
    "axes.labelcolor": COLORS["ink"],
    "text.color": COLORS["ink"],
    "xtick.color": COLORS["ink"],
    "ytick.color": COLORS["ink"],
    "axes.spines.top": False,
    "axes.spines.right": False,
}


@dataclass(frozen=True)
class Curve:
    """values and, unless None, intervals (low, high) at each strength; color of COLORS, dash of DASHES."""

    label: str
    values: list[float]
    intervals: list[tuple[float, float]] | None
    color: str
    dash: str = "solid"
    marker: str = "o"


def curves(name: str, strengths: list[str], lines: list[Curve], x: str, y: str, chance: float | None = 1 / 3) -> str:
    """An SVG of lines over strengths, which stand at equal distances; `name` keeps its ids apart from other plots'."""
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=(6.4, 4.3), layout="constrained")
        axes = figure.add_subplot()
        if chance is not None:
            axes.axhline(chance, color=COLORS["faint"], linestyle=DASHES["dotted"], linewidth=1)
            axes.text(len(strengths) - 1, chance + 0.012, "chance", color=COLORS["faint"], ha="right", fontsize=8.5)
        for line in lines:
            color, places = COLORS[line.color], range(len(line.values))
            axes.plot(places, line.values, color=color, linestyle=DASHES[line.dash], marker=line.marker, markersize=4.5, label=line.label)
            if line.intervals:
                low, high = zip(*line.intervals, strict=True)
                axes.fill_between(places, low, high, color=color, alpha=0.15, linewidth=0)
        axes.set(xlabel=x, ylabel=y, ylim=(0, 1), xticks=range(len(strengths)), xticklabels=strengths)
        axes.grid(axis="y", color=COLORS["faint"], alpha=0.25, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.legend(frameon=False, fontsize=8.5, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, columnspacing=1.4)
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    return stream.getvalue()


def inline(svg: str, title: str) -> str:
    """The SVG for inside of a page: without its XML head, colors as CSS variables, a title for those who cannot see it."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r'(<svg[^>]*?) width="[^"]*" height="[^"]*"|(<svg[^>]*?) height="[^"]*" ([^>]*?)width="[^"]*"', r"\1\2 \3", body, count=1)
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.S)
    for name, color in COLORS.items():
        body = body.replace(color, f"var(--{name})")
    return body.replace(">", f' role="img"><title>{title}</title>', 1)
