"""Run the daemon's bench and its plain Python peer in turn on one clip and print the ratios of their speeds."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path


def measure(command: list[str]) -> dict:
    """Run a command that prints one JSON object and return it."""
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return json.loads(done.stdout)


def main() -> None:
    """Print one JSON object with every run and the median ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", required=True)
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    frames = ["--source", args.source, "--frames", str(args.frames)]
    ours = ["bin/maskwarden", "bench", "--json", *frames]
    peer = [sys.executable, str(Path(__file__).with_name("plain.py")), *frames]
    runs = []
    for _ in range(args.runs):
        default, every, plain = measure(ours), measure([*ours, "--detect-every", "1"]), measure(peer)
        runs.append(
            {
                "maskwarden_fps": default["fps"],
                "maskwarden_every_frame_fps": every["fps"],
                "python_fps": plain["fps"],
                "ratio": default["fps"] / plain["fps"],
                "ratio_every_frame": every["fps"] / plain["fps"],
            }
        )
        print(json.dumps(runs[-1]), file=sys.stderr)
    print(
        json.dumps(
            {
                "source": args.source,
                "detect_every": default["detect_every"],
                "ratio": round(statistics.median(r["ratio"] for r in runs), 2),
                "ratio_every_frame": round(statistics.median(r["ratio_every_frame"] for r in runs), 2),
                "python_opencv": plain["opencv"],
                "runs": runs,
            }
        )
    )


if __name__ == "__main__":
    main()
