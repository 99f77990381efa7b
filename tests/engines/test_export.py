"""Every detector as ONNX and in OpenVINO's form: the logits of PyTorch, on faces and on noise, in batches of
any size.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image as Pictures
from torch import nn

from detector.engines.export import export_onnx, export_openvino
from detector.errors import EngineError
from detector.faces.crop import crop_face
from detector.faces.finder import default_finder
from detector.structures import Face, Floats, Frame
from detector.weights import find_weights, load_network, read_manifest
from detector.zoo.bnext.blocks import Sign
from detector.zoo.build import build_network
from detector.zoo.specs import IMAGENET_MEAN, SPECS, InputSpec
from tests.zoo.networks import LIGHT, faces, small_size

CLOSE = 1e-3
SPREAD = 0.1
"""Logits nearer together than this would prove nothing: engines would agree on any constant."""

EDGE = 3e-6
"""A binary network is compared on the faces that bring no value this near to a sign's 0: rounding may flip it
there, and one flip in an early layer becomes thousands. Of 180 pictures (T at 32 and 64 px, L at 32) on two
engines 7 of 360 differed by more than 1e-3, all of them with a value within 6e-7 of 0; the rest by less than
2e-6. """

BINARY_SIZE = 32
"""The smallest input it takes, in pixels: each value more is one that may lie on the edge."""

MARGINS = (0.1, 0.3, 0.5)
SHIPPED = read_manifest(find_weights())

OF_EACH_FAMILY = (
    "unblend-lite2", "sbi-efficientnet-b4", "bnext-t", "deit-distill-tiny", "inspector-b0", "multibranch-b4"
)  # fmt: skip
"""Exported in a plain run; the rest behind `slow`."""


def slow_but(kept: Collection[str], names: Collection[str]) -> pytest.MarkDecorator:
    """A test of every name, those not `kept` marked slow."""
    marked = [pytest.param(name, marks=[] if name in kept else pytest.mark.slow) for name in names]
    return pytest.mark.parametrize("name", marked)


@pytest.fixture(scope="module")
def portraits(assets: Path) -> list[Face]:
    faces = []
    for file in sorted(assets.glob("portrait_*.jpg")):
        with Pictures.open(file) as picture:
            faces += default_finder().find(Frame(np.asarray(picture.convert("RGB"))))
    assert len(faces) == 3
    return faces


def crops(portraits: list[Face], size: int) -> torch.Tensor:
    """Nine real crops, each face with three margins."""
    spec = InputSpec(size=size, margin=0.0, mean=IMAGENET_MEAN, std=IMAGENET_MEAN)
    images = [crop_face(face, replace(spec, margin=margin)).image for face in portraits for margin in MARGINS]
    return torch.from_numpy(np.stack(images).transpose(0, 3, 1, 2).astype(np.float32) / 255)


def settled(name: str, batch: torch.Tensor) -> nn.Module:
    """Random, binary where it is to be, with a head that spreads the logits of `batch` over one unit.

    The deep ones and the binary ones have the statistics of one pass; the light ones do without, as maps of
    one value have none to tell."""
    torch.manual_seed(0)
    net, is_binary = build_network(SPECS[name]), SPECS[name].family == "bnext"
    if is_binary:
        net.harden()
    with torch.no_grad():
        if is_binary or name not in LIGHT:
            for layer in net.modules():
                if isinstance(layer, nn.BatchNorm2d):
                    layer.momentum = 1.0
            net.train()(batch)
        last = [layer for layer in net.head.modules() if isinstance(layer, nn.Linear)][-1]
        last.weight /= np.ptp(net.eval()(batch).numpy())
    return net


def off_the_edge(net: nn.Module, batch: torch.Tensor) -> torch.Tensor:
    """Those of `batch` that bring no value within `EDGE` of a sign's 0; all of them where the network has no
    signs.
    """
    nearest: list[torch.Tensor] = []
    signs = [layer for layer in net.modules() if isinstance(layer, Sign)]
    hooks = [
        sign.register_forward_pre_hook(lambda _, given: nearest.append(given[0].abs().flatten(1).amin(1)))
        for sign in signs
    ]
    with torch.no_grad():
        net(batch)
    for hook in hooks:
        hook.remove()
    return batch[torch.stack(nearest).amin(0) > EDGE] if nearest else batch


def run_onnx(file: Path, batch: Floats) -> Floats:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    (logits,) = onnxruntime.InferenceSession(file, options).run(["logits"], {"images": batch})
    return logits


def run_openvino(file: Path, batch: Floats) -> Floats:
    import openvino

    exact = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
    return openvino.Core().compile_model(file, "CPU", exact)({"images": batch})["logits"]


def check_engines(net: nn.Module, real: torch.Tensor, noise: torch.Tensor, folder: Path) -> None:
    shown = [off_the_edge(net, real), off_the_edge(net, noise)]
    assert min(map(len, shown)) >= 2
    batch = torch.cat(shown)
    with torch.no_grad():
        expected = net(batch).numpy()
    assert np.ptp(expected) > SPREAD
    file = folder / "network.onnx"
    export_onnx(net, batch.shape[-1], file)
    for logits in (run_onnx(file, batch.numpy()), run_openvino(export_openvino(file, folder), batch.numpy())):
        assert logits.dtype == np.float32
        np.testing.assert_allclose(logits, expected, rtol=0, atol=CLOSE)


@pytest.mark.fidelity("2-2")
@slow_but(OF_EACH_FAMILY, SPECS)
def test_other_engines_give_the_logits_of_pytorch(name: str, portraits: list[Face], tmp_path: Path) -> None:
    size = BINARY_SIZE if SPECS[name].family == "bnext" else small_size(name)
    real, noise = crops(portraits, size), faces(9, size)
    check_engines(settled(name, torch.cat([real, noise])), real, noise, tmp_path)


@slow_but(["unblend-lite2"], SHIPPED)
def test_other_engines_give_the_logits_of_the_shipped_weights(
    name: str, portraits: list[Face], tmp_path: Path
) -> None:
    entry = SHIPPED[name]
    net = load_network(name, entry, find_weights()).eval()
    size = BINARY_SIZE if SPECS[name].family == "bnext" else entry.input.size
    check_engines(net, crops(portraits, size), faces(9, size), tmp_path)


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(3, 64, 4)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.layer(images).mean(dim=(1, 2, 3))


class Unwritable(Small):
    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return torch.linalg.matrix_exp(self.layer(images)).mean(dim=(1, 2, 3))


def test_both_forms_take_any_number_of_faces(tmp_path: Path) -> None:
    net, file = Small().eval(), tmp_path / "new" / "small.onnx"
    export_onnx(net, 8, file)
    written = export_openvino(file, tmp_path / "form")
    for count in (1, 2, 7):
        batch = faces(count, 8)
        expected = net(batch).detach().numpy()
        assert run_onnx(file, batch.numpy()) == pytest.approx(expected, abs=1e-6)
        assert run_openvino(written, batch.numpy()) == pytest.approx(expected, abs=1e-6)


def test_openvinos_form_keeps_four_bytes_a_weight(tmp_path: Path) -> None:
    export_onnx(Small().eval(), 8, tmp_path / "small.onnx")
    written = export_openvino(tmp_path / "small.onnx", tmp_path)
    assert written == tmp_path / "small.xml"
    assert written.with_suffix(".bin").stat().st_size >= 4 * 64 * 3 * 4 * 4


def test_an_export_says_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder
) -> None:
    export_onnx(Small().eval(), 8, tmp_path / "small.onnx")
    export_openvino(tmp_path / "small.onnx", tmp_path)
    assert capfd.readouterr() == ("", "")
    assert not recwarn.list


def test_a_network_in_training_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="training mode"):
        export_onnx(Small(), 8, tmp_path / "small.onnx")


def test_what_onnx_has_no_word_for_is_named_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="Unwritable cannot be written as ONNX .*matrix_exp") as caught:
        export_onnx(Unwritable().eval(), 8, tmp_path / "small.onnx")
    assert "\n" not in str(caught.value)


def test_what_openvino_cannot_read_is_named_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"OpenVINO cannot read .*none\.onnx.*export it again") as caught:
        export_openvino(tmp_path / "none.onnx", tmp_path)
    assert "\n" not in str(caught.value)
