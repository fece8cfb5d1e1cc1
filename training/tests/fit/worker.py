"""A worker of test_workers.py: trains on drawn faces for a moment, and prints what it saw as a line of JSON."""

import hashlib
import json
import resource
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import tensorflow as tf

from training import data
from training.fit import workers
from training.fit.batches import Batches
from training.fit.settings import BASE, ROBUST
from training.fit.trainer import Trainer


def main(source: Path, work: Path, centerface: Path, kind: str, epochs: int) -> None:
    """Runs to `epochs` from the last checkpoint on."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    together = workers.from_environment()
    brief = {"epochs": epochs, "steps_per_epoch": 4, "stem_steps": 2, "batch": 12, "ema": 0.5, "dropout": 0.0}
    brief |= {"clean_epochs": 0, "ramp_epochs": 1, "iterations": 1, "patch_iterations": 1, "mask_tries": 1} if kind == "robust" else {}
    settings = replace({"base": BASE, "robust": ROBUST}[kind], **brief)
    local = together.local(settings) if together else settings
    mine = (lambda group: workers.share(group, together.index, together.count)) if together else None
    with data.Store(source) as store:
        train = data.load(store, "train", mine=mine)
    trainer = Trainer(settings, work, centerface, workers=together)
    first = int(trainer.epoch)
    batches = Batches(train, None, np.zeros((0, 5, 2), np.float32), local)
    trainer.teach_stem(batches, centerface)
    rows, memory, epoch = [], [], trainer._epoch

    def noted(*arguments) -> dict:
        rows.append(epoch(*arguments)["loss"])
        memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        return {"loss": rows[-1]}

    trainer._epoch = noted
    trainer.fit(batches, None)
    digest = hashlib.sha256(b"".join(w.tobytes() for w in trainer.average.get_weights())).hexdigest()
    print(json.dumps({"files": train.files, "first": first, "losses": rows, "memory": memory, "average": digest}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4], int(sys.argv[5]))
