"""Self-blends to measures of every map of them by every detector, kept face by face; then tools/maps_page.py.

Usage: python -m tools.maps DATA [--faces 200] [--detector A,B] [--precision bf16]

DATA is a folder with index.csv and landmarks68.npy. Faces that were measured are kept in --work, so that an
interrupted call goes on where it was. Networks run in OpenVINO on one core; maps are made by PyTorch.
"""

from __future__ import annotations

import argparse
import time
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
import torch

from detector.blending.blend import BlendError, self_blend
from detector.calibration import probability
from detector.data.tables import read_index
from detector.engines import PYTORCH
from detector.engines.export import export_onnx
from detector.engines.pytorch import PytorchEngine
from detector.explain.faithfulness import (
    altered_place,
    centre_map,
    faithfulness,
    likeness,
    random_map,
    shuffled,
)
from detector.explain.heatmap import branch_pushes, heatmap, methods_of
from detector.explain.maps import Method
from detector.explain.measures import CENTRE, RANDOM, Faithfulness, KeptFace, keep, read_kept
from detector.explain.overlay import mask_in_crop
from detector.faces.crop import crop_face, square_around
from detector.faces.finder import whole_picture_face
from detector.pipeline import Detector, load_detector
from detector.structures import Crop, Floats, Frame, Image
from detector.weights import find_weights, read_manifest

RANDOM_SEED = 23
QUALITIES = (60, 96)
"""JPEG qualities, drawn as tools/make_blend_set.py draws them."""

SANITY_EVERY = 8
"""Of so many faces one is mapped with shuffled weights too."""

SPLITS = ("tune", "test")
"""Of genuine people that no training saw."""

MARGIN, LEAST_INSIDE, SMALLEST_FACE_PX = 0.27, 0.8, 64
"""A picture is taken where its face is not small and so much of the square about it, with the margin of the
detectors that ship, lies inside: what is outside is mirrored, and a mirrored blend is in no mask."""

SMALLEST_PLACE = 0.02
"""Share of a picture that an altered place has at least, to be pointed at."""


@dataclass(frozen=True, eq=False)
class Sample:
    """A self-blend and its genuine picture, (H, W, 3) uint8 RGB out of JPEG files; `mask` (H, W) is the
    blend's, `box` (4,) the face's.
    """

    number: int
    group: str
    fake: Image
    real: Image
    mask: Floats
    box: Floats


class Openvino:
    """A network's logits by OpenVINO on one core; an engine that keeps the network for what needs it."""

    name = "openvino"

    def __init__(self, network: torch.nn.Module, size: int, precision: str) -> None:
        import openvino

        self.network = network
        with TemporaryDirectory() as folder:
            export_onnx(network, size, Path(folder) / "network.onnx")
            read = openvino.Core().read_model(Path(folder) / "network.onnx")
            settings = {"INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": precision}
            self._compiled = openvino.Core().compile_model(read, "CPU", settings)

    def logits(self, batch: Floats) -> Floats:
        """(B,) float32, of `batch` (B, 3, S, S)."""
        return np.array(self._compiled(batch)[0], dtype=np.float32).reshape(-1)


def main() -> None:
    """Measure what is missing."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("data", type=Path)
    arguments.add_argument("--faces", type=int, default=200)
    arguments.add_argument("--detector", help="names, with commas between them (all that are trained)")
    arguments.add_argument("--precision", choices=("f32", "bf16"), default="f32")
    arguments.add_argument("--work", type=Path, default=Path("runs/maps"))
    measure(arguments.parse_args())


def measure(args: Namespace) -> None:
    """Every face and detector that is not kept yet."""
    torch.set_num_threads(1)
    for name in args.detector.split(",") if args.detector else sorted(read_manifest(find_weights())):
        loaded = load_detector(name, PYTORCH)
        path = kept_path(args.work, loaded)
        done = {kept.face for kept in read_kept(path)}
        if len(done) >= args.faces:
            continue
        network: Any = loaded.engine.network  # type: ignore[attr-defined]
        size = loaded.input.size
        detector = replace(loaded, engine=Openvino(network, size, args.precision))
        unlearned = replace(loaded, engine=PytorchEngine(shuffled(network, RANDOM_SEED), size=size))
        for sample in islice(samples(args.data), args.faces):
            if sample.number not in done:
                keep(measured(sample, detector, unlearned), path)
                print(f"\r{name}: {sample.number + 1} of {args.faces}", end="", flush=True)
        print()


def kept_path(work: Path, detector: Detector) -> Path:
    """Where the faces of these very weights are kept."""
    return work / f"{detector.info.name}-{detector.info.weights_sha256[:12]}.jsonl"


def samples(data: Path) -> Iterator[Sample]:
    """Self-blends of genuine people, one picture a person, in an order drawn at random; pictures of which no
    blend can be made, or that end too near to the face, are passed over.
    """
    pictures = [row for split in SPLITS for row in read_index(data, split) if row.label == 0]
    order = np.random.default_rng(RANDOM_SEED).permutation(len(pictures))
    people: set[str] = set()
    number = 0
    for index in order:
        picture, rng = pictures[index], np.random.default_rng([RANDOM_SEED, index])
        points, image = picture.points68, picture.image()
        if points is None or picture.group in people or not is_whole(image, picture.box):
            continue
        try:
            blend = self_blend(image, points, rng)
        except BlendError:
            continue
        if altered_place(blend.mask).mean() < SMALLEST_PLACE:
            continue
        people.add(picture.group)
        quality = int(rng.integers(*QUALITIES))
        fake, real = encoded(blend.fake, quality), encoded(blend.real, quality)
        yield Sample(number, picture.group, fake, real, blend.mask, picture.box)
        number += 1


def is_whole(image: Image, box: Floats) -> bool:
    """Whether the face is large enough, with enough of its surroundings inside the picture."""
    x1, y1, x2, y2 = square_around(box, MARGIN)
    height, width = image.shape[:2]
    inside = max(0.0, min(x2, width) - max(x1, 0)) * max(0.0, min(y2, height) - max(y1, 0))
    longer = max(box[2] - box[0], box[3] - box[1])
    return bool(longer >= SMALLEST_FACE_PX and inside >= LEAST_INSIDE * (x2 - x1) * (y2 - y1))


def encoded(image: Image, quality: int) -> Image:
    """`image` as it comes out of a JPEG file."""
    _, file = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(file, cv2.IMREAD_COLOR)
    assert decoded is not None
    return np.ascontiguousarray(decoded[..., ::-1], dtype=np.uint8)


def cut(image: Image, box: Floats, detector: Detector) -> Crop:
    """The face of the index's box, as the detector is given it."""
    face = replace(whole_picture_face(Frame(image)), box=box, whole_picture=False)
    return crop_face(face, detector.input)


def measured(sample: Sample, detector: Detector, unlearned: Detector) -> KeptFace:
    """A face by every map that the detector can have, every `SANITY_EVERY`th by those of `unlearned` too, and
    by the controls.
    """
    crop, side = cut(sample.fake, sample.box, detector), detector.input.size
    calibration, rng = detector.info.calibration, np.random.default_rng([RANDOM_SEED, sample.number, 1])
    altered = altered_place(mask_in_crop(sample.mask, crop))

    def judged(values: Floats) -> Faithfulness:
        return faithfulness(crop.image, altered, values, detector.engine.logits, calibration, rng)

    maps: dict[str, Faithfulness] = {}
    for method in methods_of(detector):
        begin = time.process_time()
        found = heatmap(crop, detector, method)
        ms = 1000 * (time.process_time() - begin)
        alike = None
        if sample.number % SANITY_EVERY == 0:
            alike = likeness(found.values, heatmap(crop, unlearned, method).values)
        maps[method.value] = replace(judged(found.values), ms=ms, likeness=alike)
    maps[RANDOM], maps[CENTRE] = judged(random_map(side, rng)), judged(centre_map(side))
    branches = Method.BRANCHES in maps
    return KeptFace(
        face=sample.number,
        group=sample.group,
        p_fake=probability(found.logit, calibration),
        maps=maps,
        branches=pushes(crop, detector) if branches else {},
        branches_of_real=pushes(cut(sample.real, sample.box, detector), detector) if branches else {},
    )


def pushes(crop: Crop, detector: Detector) -> dict[str, float]:
    """What each branch adds to the log-odds, by its name."""
    return {push.branch: push.log_odds for push in branch_pushes(crop, detector)}


if __name__ == "__main__":
    main()
