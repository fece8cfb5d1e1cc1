"""The same pipeline written plainly in Python: OpenCV, CenterFace, median, TensorFlow Lite, with the daemon's default settings.

It decodes a video, finds faces on every frame, crops, smooths and classifies them, and prints how fast that went. It has
no tracker, no votes and no report, so it does less than the daemon; `compare.py` runs the two in turn.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter

MIN_SCORE = 0.35
NMS_IOU = 0.3
MAX_SIDE = 640


class Detector:
    """CenterFace (Xu et al. 2019) through OpenCV's DNN, fed as its authors feed it: RGB, 0 to 255, sides of 32 pixels."""

    def __init__(self, model: Path) -> None:
        self.net = cv2.dnn.readNetFromONNX(str(model))

    def __call__(self, image: np.ndarray) -> list[np.ndarray]:
        """Return boxes x0, y0, x1, y1 in pixels of the image."""
        height, width = image.shape[:2]
        shrink = min(1, MAX_SIDE / max(height, width))
        h, w = (-(-int(side * shrink) // 32) * 32 for side in (height, width))
        blob = cv2.dnn.blobFromImage(image, 1.0, (w, h), (0, 0, 0), swapRB=True, crop=False)
        self.net.setInput(blob)
        heat, scale, offset, _ = self.net.forward(["537", "538", "539", "540"])
        rows, cols = np.where(heat[0, 0] > MIN_SCORE)
        boxes, scores = [], []
        for r, c in zip(rows, cols, strict=True):
            bh = np.exp(scale[0, 0, r, c]) * 4
            bw = np.exp(scale[0, 1, r, c]) * 4
            y = (r + offset[0, 0, r, c] + 0.5) * 4 - bh / 2
            x = (c + offset[0, 1, r, c] + 0.5) * 4 - bw / 2
            boxes.append([x * width / w, y * height / h, bw * width / w, bh * height / h])
            scores.append(float(heat[0, 0, r, c]))
        keep = cv2.dnn.NMSBoxes(boxes, scores, MIN_SCORE, NMS_IOU)
        return [np.array([b[0], b[1], b[0] + b[2], b[1] + b[3]]) for b in (boxes[i] for i in keep)]


class Classifier:
    """A model pack through ai-edge-litert, which applies XNNPACK by itself."""

    def __init__(self, pack: Path, threads: int) -> None:
        manifest = json.loads((pack / "manifest.json").read_text())
        self.input = manifest["input"]
        self.window = manifest["smoothing"]["window"]
        self.net = Interpreter(str(pack / manifest["models"]["float32"]), num_threads=threads)
        self.batch = 0

    def crop(self, image: np.ndarray, box: np.ndarray) -> np.ndarray:
        """Return the square around a box, smoothed, height x width x 3, RGB."""
        side = max(box[2] - box[0], box[3] - box[1]) * (1 + 2 * self.input["crop_margin"])
        size = (self.input["width"], self.input["height"])
        scale = size[0] / side
        middle = (box[:2] + box[2:]) / 2
        matrix = np.array([[scale, 0, size[0] / 2 - scale * middle[0]], [0, scale, size[1] / 2 - scale * middle[1]]])
        face = cv2.warpAffine(image, matrix, size, borderMode=cv2.BORDER_REPLICATE)
        return cv2.medianBlur(cv2.cvtColor(face, cv2.COLOR_BGR2RGB), self.window)

    def __call__(self, faces: list[np.ndarray]) -> np.ndarray:
        """Return logits, n x 3."""
        tensor = np.stack(faces).astype(np.float32) * self.input["scale"] + self.input["offset"]
        index = self.net.get_input_details()[0]["index"]
        if len(faces) != self.batch:
            self.net.resize_tensor_input(index, tensor.shape)
            self.net.allocate_tensors()
            self.batch = len(faces)
        self.net.set_tensor(index, tensor.astype(np.float32))
        self.net.invoke()
        return self.net.get_tensor(self.net.get_output_details()[0]["index"])


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", required=True, type=Path)
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--assets", type=Path, default=Path("share/maskwarden"))
    parser.add_argument("--pack", type=Path, default=Path("models/robust"))
    args = parser.parse_args()
    cv2.setNumThreads(args.threads)
    detector = Detector(args.assets / "centerface.onnx")
    classifier = Classifier(args.pack, args.threads)
    video = cv2.VideoCapture(str(args.source))
    frames = faces = 0
    start = 0.0
    while frames < args.frames:
        ok, image = video.read()
        if not ok:
            video.set(cv2.CAP_PROP_POS_FRAMES, 0)
            continue
        found = detector(image)
        if found:
            classifier([classifier.crop(image, box) for box in found])
        frames += 1
        if frames == 10:  # the first ones warm up
            start, faces = time.perf_counter(), 0
        faces += len(found)
    seconds = time.perf_counter() - start
    print(
        json.dumps(
            {
                "frames": frames - 10,
                "fps": round((frames - 10) / seconds, 3),
                "faces_per_frame": round(faces / (frames - 10), 3),
                "opencv": cv2.__version__,
            }
        )
    )


if __name__ == "__main__":
    main()
