"""MaskedFace-Net (CMFD, IMFD) with FFHQ as published, about 210,000 pictures of 1024 pixels, as labeled face crops.

File names follow MaskedFace-Net (arXiv:2008.08016), which says what each mask covers: CMFD/00000/00012_Mask.jpg,
IMFD/00000/00012_Mask_Chin.jpg; and FFHQ (arXiv:1812.04948): images1024x1024/00000/00012.png. The number is FFHQ's,
so one person's pictures share it.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from pathlib import PurePosixPath

import cv2
import numpy as np

from training.data.entry import DataError, Entry
from training.net.model import CLASSES

LABELS = {"CMFD": "correct", "IMFD": "incorrect", "FFHQ": "none"}  # the folders' names, for the labels
SOURCES = {"correct": "maskedface-net", "incorrect": "maskedface-net", "none": "ffhq"}
RIGHTS = {
    "maskedface-net": "MaskedFace-Net, masks pasted by a program, CC BY-NC-SA 4.0: non-commercial, share alike",
    "ffhq": "FFHQ, CC BY-NC-SA 4.0: non-commercial, share alike",
}
SHARES = (("train", 0.90), ("val", 0.95), ("test", 1.0))  # upper ends of the splits' shares of the FFHQ numbers
THUMBNAIL = 128  # side of FFHQ's small pictures

# FFHQ is aligned by its landmarks (arXiv:1812.04948, appendix A), so one square fits all its faces and every class is cut
# alike. This one is the median CenterFace box with data.CROP_MARGIN around it, of 618 frontal faces of the training crops
# brought into FFHQ's alignment: 0.55 wide, 0.65 high, its middle at (0.498, 0.558).
CENTER, SIDE = (0.5, 0.56), 0.84

_FOLDERS = re.compile(r"(?:^|[^a-z])(cmfd|imfd)(?:[^a-z]|$)", re.IGNORECASE)
_MASKED = {
    "CMFD": re.compile(r"(\d{5})_Mask$", re.IGNORECASE),
    "IMFD": re.compile(r"(\d{5})_Mask_(?:Chin|Mouth_Chin|Nose_Mouth)$", re.IGNORECASE),
}
_UNMASKED = re.compile(r"\d{5}$")
_EXPECTED = "expected CMFD/00000/00000_Mask.jpg, IMFD/00000/00000_Mask_Chin.jpg and FFHQ's images1024x1024/00000/00000.png"


def split_of(number: str) -> str:
    """The split of an FFHQ number: 90 % train, 5 % val, 5 % test, by its SHA-256, the same on every machine."""
    share = int.from_bytes(hashlib.sha256(number.encode()).digest()[:4], "big") / 2**32
    return next(name for name, end in SHARES if share < end)


def matches(names: list[str]) -> bool:
    """Whether the pictures lie in CMFD or IMFD folders rather than below train/, val/ or test/."""
    splits = {name for name, _ in SHARES}
    return any(_kind(parts) for parts in {PurePosixPath(n).parts[:-1] for n in names} if not parts or parts[0] not in splits)


def entries(path: object, names: list[str]) -> list[Entry]:
    """Lists the pictures of the layout at `path`, sorted by split, class and number.

    A name that contradicts its folder makes an entry with a label outside CLASSES, so that loading lists and skips it.
    Of FFHQ, images1024x1024 goes before thumbnails128x128, and unaligned in-the-wild-images are left out.
    Raises DataError when one of the three parts is missing.
    """
    found: list[Entry] = []
    unmasked: dict[str, str] = {}
    for name in names:
        file = PurePosixPath(name)
        kind = _kind(file.parts[:-1])
        if kind:
            match = _MASKED[kind].match(file.stem)
            number, label = (match[1], LABELS[kind]) if match else (file.stem.split("_")[0], f"{kind} named {file.stem}")
            found.append(Entry(name, split_of(number), label, SOURCES[LABELS[kind]], number, aligned=True))
        elif (
            _UNMASKED.match(file.stem)
            and "in-the-wild-images" not in file.parts
            and (file.stem not in unmasked or "thumbnails128x128" in unmasked[file.stem])
        ):
            unmasked[file.stem] = name
    found += [Entry(name, split_of(n), "none", SOURCES["none"], n, aligned=True) for n, name in unmasked.items()]
    count = Counter(e.label for e in found)
    if any(not count[label] for label in LABELS.values()):
        listed = ", ".join(f"{count[label]} of {kind}" for kind, label in LABELS.items())
        others = next((f"; not understood: {e.file}" for e in found if e.label not in CLASSES), "")
        raise DataError(f"{path}: not a whole MaskedFace-Net: {_EXPECTED} in one folder or tar; found pictures: {listed}{others}")
    return sorted(found, key=lambda e: (e.split, e.label, e.group, e.file))


def small(listed: list[Entry]) -> bool:
    """Whether unmasked faces come as thumbnails, so that all pictures must be shrunk alike: a sharper class would give itself away."""
    return any(e.aligned and "thumbnails128x128" in PurePosixPath(e.file).parts for e in listed)


def cut(image: np.ndarray, shrink: bool = False) -> np.ndarray:
    """The face box and data.CROP_MARGIN around it, out of an FFHQ-aligned picture, uint8 [h, w, 3]; `shrink`: see small()."""
    if shrink:
        image = cv2.resize(image, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA)
    height, width = image.shape[:2]
    top, left = round(height * (CENTER[1] - SIDE / 2)), round(width * (CENTER[0] - SIDE / 2))
    return image[top : top + round(height * SIDE), left : left + round(width * SIDE)]


def _kind(folders: tuple[str, ...]) -> str:
    """CMFD or IMFD when the innermost folder that names one does so, else nothing."""
    for folder in reversed(folders):
        match = _FOLDERS.search(folder)
        if match:
            return match[1].upper()
    return ""
