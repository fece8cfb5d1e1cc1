"""Files of a data set, below a folder or inside a tar."""

from __future__ import annotations

import os
import tarfile
import threading
from pathlib import Path, PurePosixPath

from training.data.entry import DataError


class Store:
    """Files below a folder or inside a tar, addressed by their path below the folder of the manifest.

    work: where a cache of decoded crops may be kept (work/cache), for data too large for memory.
    """

    def __init__(self, path: Path, work: Path | None = None) -> None:
        self.path = path
        self.work = work
        self._lock = threading.Lock()
        self._tar: tarfile.TarFile | None = None
        self._members: dict[str, tarfile.TarInfo] = {}
        if path.is_dir():
            root = path / "faces"
            self._root = root if (root / "manifest.csv").is_file() and not (path / "manifest.csv").is_file() else path
        elif path.is_file():
            try:
                self._tar = tarfile.open(path)  # noqa: SIM115 - closed in close()
                members = [m for m in self._tar.getmembers() if m.isfile()]
            except (tarfile.TarError, OSError, EOFError) as err:
                raise DataError(f"{path}: not a readable tar archive; give a .tar or an unpacked folder") from err
            prefix = _common_root([m.name for m in members])
            self._members = {m.name[len(prefix) :]: m for m in members}
        else:
            raise DataError(f"{path}: no such file or folder; --data takes a .tar or an unpacked folder of face crops")

    def names(self) -> list[str]:
        """All file paths, sorted."""
        if self._tar:
            return sorted(self._members)
        # Links are followed: CMFD, IMFD and FFHQ are large and often lie on several disks.
        walk = os.walk(self._root, followlinks=True)
        return sorted(Path(folder, file).relative_to(self._root).as_posix() for folder, _, files in walk for file in files)

    def has(self, name: str) -> bool:
        return name in self._members if self._tar else (self._root / name).is_file()

    def read(self, name: str) -> bytes:
        """Returns the file's bytes; raises KeyError or OSError when it is not there."""
        if not self._tar:
            return (self._root / name).read_bytes()
        with self._lock:
            stream = self._tar.extractfile(self._members[name])
            if stream is None:
                raise KeyError(name)
            return stream.read()

    def close(self) -> None:
        if self._tar:
            self._tar.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _common_root(names: list[str]) -> str:
    """The folder that the manifest lies in, or the one folder above the splits, with its slash."""
    for name in names:
        if PurePosixPath(name).name == "manifest.csv":
            return name[: -len("manifest.csv")]
    tops = {PurePosixPath(n).parts[0] for n in names}
    if len(tops) == 1 and all(len(PurePosixPath(n).parts) > 3 for n in names):
        return tops.pop() + "/"
    return ""
