"""Two workers on this machine against one."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from training.fit import workers
from training.fit.settings import ROBUST, SettingsError
from training.tests.conftest import ROOT

WORKER = Path(__file__).with_name("worker.py")


def train(dataset: Path, work: Path, centerface: Path, count: int, epochs: int, kind: str) -> list[dict]:
    """What each of `count` workers printed."""
    work.mkdir(exist_ok=True)
    held = [socket.socket() for _ in range(count)]
    for s in held:
        s.bind(("localhost", 0))
    hosts = [f"localhost:{s.getsockname()[1]}" for s in held]
    for s in held:
        s.close()
    arguments = [sys.executable, str(WORKER), str(dataset), str(work), str(centerface), kind, str(epochs)]
    running = []
    for i in range(count):
        environment = os.environ | {"PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": ""}
        environment.pop("TF_CONFIG", None)
        if count > 1:
            environment["TF_CONFIG"] = json.dumps({"cluster": {"worker": hosts}, "task": {"type": "worker", "index": i}})
        running.append(subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
    try:
        said = [process.communicate(timeout=600) for process in running]
    finally:
        for process in running:
            process.kill()
    for process, (_, errors) in zip(running, said, strict=True):
        assert process.returncode == 0, errors[-3000:]
    return [json.loads(out.splitlines()[-1]) for out, _ in said]


@pytest.mark.parametrize("kind", ["base", "robust"])
def test_two_workers_train_as_one_does_and_another_number_goes_on(dataset, centerface, tmp_path, kind):
    one = train(dataset, tmp_path / "one", centerface, 1, 3, kind)[0]
    two = train(dataset, tmp_path / "two", centerface, 2, 3, kind)
    assert two[0]["losses"] == two[1]["losses"], "all see the mean of their losses"
    assert two[0]["average"] == two[1]["average"], "all hold the same network"
    assert not set(two[0]["files"]) & set(two[1]["files"])
    assert sorted(two[0]["files"] + two[1]["files"]) == sorted(one["files"])
    np.testing.assert_allclose(two[0]["losses"], one["losses"], rtol=0.25)
    for worker in two:
        assert worker["memory"][-1] < 1.1 * worker["memory"][0], "memory is flat"
    alone = train(dataset, tmp_path / "two", centerface, 1, 4, kind)[0]
    assert (alone["first"], len(alone["losses"])) == (3, 1)
    joined = train(dataset, tmp_path / "one", centerface, 2, 4, kind)
    assert [w["first"] for w in joined] == [3, 3]
    np.testing.assert_allclose(joined[0]["losses"], alone["losses"], rtol=0.3)


def test_people_are_shared_whole_and_alike_on_every_machine():
    groups = [f"person_{i}" for i in range(300)]
    shares = [[g for g in groups if workers.share(g, i, 3)] for i in range(3)]
    assert sorted(g for share in shares for g in share) == sorted(groups)
    assert min(map(len, shares)) > 70


@pytest.mark.parametrize("text", ["{", "{}", '{"cluster": {"worker": ["a", "b"]}, "task": {"type": "worker", "index": 2}}'])
def test_a_tf_config_that_is_none_is_refused(monkeypatch, text):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(SettingsError, match=r'^TF_CONFIG: .*; want \{"cluster"'):
        workers.from_environment()


def test_a_batch_is_shared_evenly_or_not_at_all():
    three = workers.Workers(1, 3, None)
    assert three.local(ROBUST).batch == ROBUST.batch // 3
    assert three.local(ROBUST).seed != ROBUST.seed
    with pytest.raises(SettingsError, match=r"^batch=96 cannot be shared by 5 workers"):
        workers.Workers(0, 5, None).local(ROBUST)
