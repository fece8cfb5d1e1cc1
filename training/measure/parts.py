"""Finished measurements, kept one file each, so that an interrupted run goes on where it was."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path


class Parts:
    """Runs measurements and remembers them below `folder`, with the time left on stderr.

    shares: seconds that each planned measurement is thought to take; the estimate corrects itself as they finish.
    """

    def __init__(self, folder: Path, shares: dict[str, float]) -> None:
        self.folder, self._left, self._spent, self._planned = folder, dict(shares), 0.0, 0.0
        folder.mkdir(parents=True, exist_ok=True)

    def measure(self, name: str, key: dict, run: Callable[[], dict]) -> dict:
        """What `run` returns, or what it returned before under the same key (model, sample, effort)."""
        path, share = self.folder / f"{name}.json", self._left.pop(name)
        if (kept := self.finished(name, key)) is not None:
            return kept
        self._say(f"{name} ...")
        begin = time.monotonic()
        result = run()
        took = time.monotonic() - begin
        self._spent, self._planned = self._spent + took, self._planned + share
        save(path, {"key": key, "seconds": round(took, 1), "result": result})
        left = sum(self._left.values()) * self._spent / self._planned
        self._say(f"{name}: {took:.0f} s; about {left / 60:.0f} min left")
        return json.loads(json.dumps(result))

    def finished(self, name: str, key: dict) -> dict | None:
        """What `measure` would return without measuring, or None."""
        path = self.folder / f"{name}.json"
        kept = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"key": None}
        return kept["result"] if kept["key"] == json.loads(json.dumps(key)) else None

    def _say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def seconds(self, name: str) -> float:
        """How long a finished measurement took."""
        return json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))["seconds"]


def save(path: Path, value: dict) -> None:
    """Writes JSON whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
    os.replace(fresh, path)
