"""Tests of the set-up: what waits for a lock, what is chosen by architecture, what version is built in."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

MK = Path(__file__).resolve().parent
HELD = 2  # seconds


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess:
    """Runs a command with further environment variables."""
    return subprocess.run([str(c) for c in command], env=os.environ | environment, text=True, capture_output=True, timeout=120)


def hold(path: Path, seconds: float) -> None:
    """Holds a lock as apt does, in another process: one's own process would be no obstacle."""
    code = (
        "import fcntl, sys, time; f = open(sys.argv[1], 'w'); fcntl.lockf(f, fcntl.LOCK_EX); "
        "print(flush=True); time.sleep(float(sys.argv[2]))"
    )
    process = subprocess.Popen(["python3", "-c", code, str(path), str(seconds)], stdout=subprocess.PIPE)
    process.stdout.readline()
    process.stdout.close()
    threading.Thread(target=process.wait).start()


class Apt(unittest.TestCase):
    """mk/apt on a small apt of its own: real locks and a real package, which is only downloaded."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = root = Path(folder.name)
        for name in "repository/package/DEBIAN", "etc/apt/sources.list.d", "state/lists/partial", "cache/archives/partial", "dpkg", "bin":
            (root / name).mkdir(parents=True)
        self.repository()
        (root / "dpkg/status").touch()
        (root / "etc/apt/sources.list").write_text(f"deb [trusted=yes] file:{root}/repository ./\n")
        (root / "apt.conf").write_text(
            f'Dir "{root}"; Dir::State "state"; Dir::State::status "{root}/dpkg/status"; Dir::Cache "cache"; '
            'Dir::Etc "etc/apt"; APT::Get::Download-Only "true"; APT::Sandbox::User "";\n'
        )
        (root / "bin/sudo").write_text('#!/bin/sh\nexec "$@"\n')
        (root / "bin/sudo").chmod(0o755)
        shutil.copy(MK / "apt", root / "apt")
        (root / "apt.txt").write_text("[test]\nmaskwarden-lock-test\n")

    def repository(self):
        """Makes a repository with one package."""
        folder = self.root / "repository"
        control = "Package: maskwarden-lock-test\nVersion: 1\nArchitecture: all\nMaintainer: nobody\nDescription: empty\n"
        (folder / "package/DEBIAN/control").write_text(control)
        subprocess.run(["dpkg-deb", "--build", folder / "package", folder / "p.deb"], check=True, stdout=subprocess.DEVNULL)
        deb = (folder / "p.deb").read_bytes()
        (folder / "Packages").write_text(f"{control}Filename: ./p.deb\nSize: {len(deb)}\nSHA256: {hashlib.sha256(deb).hexdigest()}\n")

    def install(self, patience: int = 60) -> subprocess.CompletedProcess:
        path = f"{self.root}/bin:{os.environ['PATH']}"
        return run(self.root / "apt", "test", APT_CONFIG=f"{self.root}/apt.conf", PATH=path, APT_PATIENCE=str(patience), LC_ALL="C.UTF-8")

    def test_waits_for_each_lock(self):
        for name in "state/lists/lock", "dpkg/lock-frontend", "dpkg/lock", "cache/archives/lock":
            with self.subTest(name):
                hold(self.root / name, HELD)
                start = time.monotonic()
                done = self.install()
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn(f"set-up: waiting for another apt (lock {self.root}/{name})\n", done.stdout)
                self.assertEqual(done.stdout.count("waiting"), 1, done.stdout)
                self.assertGreater(time.monotonic() - start, HELD - 0.5)

    def test_does_not_wait_without_need(self):
        done = self.install()
        self.assertEqual((done.returncode, done.stdout), (0, "set-up: installing with apt-get: maskwarden-lock-test\n"), done.stderr)

    def test_gives_up(self):
        hold(self.root / "state/lists/lock", 6)
        done = self.install(patience=2)
        self.assertEqual(done.returncode, 1)
        self.assertIn("Could not get lock", done.stderr)

    def test_waits_for_nothing_but_locks(self):
        (self.root / "apt.txt").write_text("[test]\nmaskwarden-no-such-package\n")
        done = self.install()
        self.assertEqual(done.returncode, 1)
        self.assertIn("Unable to locate package maskwarden-no-such-package", done.stderr)


class Alone(unittest.TestCase):
    """mk/alone in a checkout of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        (self.root / "mk").mkdir()
        shutil.copy(MK / "alone", self.root / "mk/alone")

    def test_waits_for_another_make(self):
        (self.root / ".cache").mkdir()
        with open(self.root / ".cache/setup.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            threading.Timer(HELD, fcntl.flock, (lock.fileno(), fcntl.LOCK_UN)).start()
            start = time.monotonic()
            done = run(self.root / "mk/alone", "echo", "done")
            self.assertGreater(time.monotonic() - start, HELD - 0.5)
        self.assertEqual(done.stdout, "set-up: waiting for another make (lock .cache/setup.lock)\ndone\n")

    def test_hands_on_the_exit_code(self):
        self.assertEqual(run(self.root / "mk/alone", "sh", "-c", "exit 7").returncode, 7)


class Architecture(unittest.TestCase):
    """What is chosen on amd64, on arm64 and elsewhere."""

    def library(self, *arguments: str, **environment: str) -> str:
        done = run(MK / "fetch", "--dry-run", *arguments, **environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.splitlines()
        self.assertEqual(
            [line.split()[2] for line in lines], [f"none/{f}" for f in ("centerface.onnx", "astronaut.png", "libtensorflowlite.so")]
        )
        return lines[-1].split(":")[-1]

    def test_assets(self):
        for machine, library in {
            "x86_64": "linux-x86_64)",
            "amd64": "linux-x86_64)",
            "aarch64": "linux-arm64)",
            "arm64": "linux-arm64)",
        }.items():
            self.assertEqual(self.library("none", ARCH=machine), library)
        self.assertEqual(self.library("none", "arm64", ARCH="amd64"), "linux-arm64)")

    def test_make_asks_for_this_machine(self):
        for machine, cross in {"arm64": "make cross is for amd64", "amd64": "mk/alone mk/sysroot"}.items():
            plan = run("make", "-C", MK.parent, "-n", "setup-cross", ARCH=machine).stdout
            self.assertIn("mk/alone mk/fetch share/maskwarden\n", plan)
            self.assertIn(cross, plan)
            self.assertEqual("apt cross" in plan, machine == "amd64")

    def test_another_machine(self):
        done = run(MK / "fetch", "--dry-run", "none", ARCH="riscv64")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual(done.stderr, "set-up: riscv64 is not supported: want amd64 or arm64\n")

    def test_no_tensorflow_on_arm64(self):
        done = run(MK / "pip", ARCH="arm64")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no bin/maskwarden-tensorflow", done.stderr)
        plan = run("make", "-C", MK.parent, "-n", "test", ARCH="arm64").stdout
        self.assertIn("go test -race -timeout 30m ./...", plan)
        self.assertNotIn("tensorflow ./", plan)


class Version(unittest.TestCase):
    """What git describes goes into every program that make builds."""

    def revisions(self, folder: Path) -> set[str]:
        plan = run("make", "-C", folder, "-n", "build-lite", "build-tensorflow", "cross", ARCH="amd64").stdout
        builds = [line for line in plan.splitlines() if "go build" in line]
        self.assertEqual(len(builds), 3, plan)
        return {line.split("cli.revision=")[1].split("'")[0] for line in builds}

    def test_checkout_and_archive(self):
        with tempfile.TemporaryDirectory() as folder:
            archive = Path(folder) / "archive"
            shutil.copytree(MK, archive / "mk")
            for name in "Makefile", "cross.mk":
                shutil.copy(MK.parent / name, archive / name)
            git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C"]
            for repository in folder, archive:
                if repository == archive:
                    self.assertEqual(self.revisions(archive), {""}, "a repository around an archive is not its own")
                for command in ["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]:
                    subprocess.run([*git, repository, *command], check=True)
            self.assertRegex(self.revisions(archive).pop(), "^[0-9a-f]{7,}$")
            subprocess.run([*git, archive, "tag", "v1.0"], check=True)
            (archive / "cross.mk").write_text("# changed\n" + (archive / "cross.mk").read_text())
            self.assertEqual(self.revisions(archive), {"v1.0-dirty"})


if __name__ == "__main__":
    unittest.main()
