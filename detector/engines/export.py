"""A network to a file that other engines run: ONNX, and OpenVINO's own form."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import nn

from detector.errors import EngineError

IMAGES, LOGITS = "images", "logits"
"""The names of what goes in, (B, 3, S, S) float32 RGB in 0..1, and of what comes out, (B,) float32."""

RT_INFO = "unblend"
"""Under which OpenVINO's form keeps its facts."""

EXAMPLE_FACES = 2
"""Faces that are traced: of one alone an exporter could not tell the batch from a fixed 1."""


def export_onnx(network: nn.Module, size: int, file: Path, facts: Mapping[str, str] | None = None) -> None:
    """Write `network`, in eval mode, as an ONNX `file` for any number of faces of `size` px; everything is in
    the one file, in float32, `facts` among its metadata.

    Binary weights (BNext) are stored as float32 too. Raises EngineError.
    """
    if network.training:
        raise ValueError(
            "a network in training mode is not the one that judges: call eval() before the export"
        )
    at_size = getattr(network, "at_size", None)
    fixed = network if at_size is None else at_size(size)
    images = torch.rand(EXAMPLE_FACES, 3, size, size, device=next(network.parameters()).device)
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with warnings.catch_warnings(), torch.no_grad():
            # that it is the older exporter, and that checks of the input's size are not traced
            warnings.simplefilter("ignore")
            # the newer one (dynamo) knows all families as well, but takes five to ten times as long and needs
            # onnxscript (torch 2.13)
            torch.onnx.export(
                fixed,
                (images,),
                file,
                dynamo=False,
                input_names=[IMAGES],
                output_names=[LOGITS],
                dynamic_axes={IMAGES: {0: "faces"}, LOGITS: {0: "faces"}},
            )
    except torch.onnx.OnnxExporterError as fault:
        said = _lines(fault)[0]
        raise EngineError(
            f"{type(network).__name__} cannot be written as ONNX ({said}): see that the package onnx is"
            " installed"
        ) from None
    if facts:
        _add_facts(file, facts)


def _add_facts(file: Path, facts: Mapping[str, str]) -> None:
    import onnx

    model = onnx.load(file)
    onnx.helper.set_model_props(model, dict(facts))
    onnx.save(model, file)


def export_openvino(onnx_file: Path, folder: Path, facts: Mapping[str, str] | None = None) -> Path:
    """Turn an ONNX file into OpenVINO's form, in `folder`: NAME.xml, whose path is returned, and NAME.bin
    beside it, in float32; `facts` are its `rt_info`, under RT_INFO.

    A processor with bf16 rounds its products to it unless it is compiled with INFERENCE_PRECISION_HINT f32.
    Raises EngineError.
    """
    try:
        import openvino
    except ImportError:
        raise EngineError("openvino is not installed, and writes this form: pip install openvino") from None
    folder.mkdir(parents=True, exist_ok=True)
    written = folder / f"{onnx_file.stem}.xml"
    try:
        # not convert_model, which reports its use to its makers
        model = openvino.Core().read_model(onnx_file)
        for key, value in (facts or {}).items():
            model.set_rt_info(value, [RT_INFO, key])
        openvino.save_model(model, written, compress_to_fp16=False)
    except RuntimeError as fault:
        raise EngineError(
            f"OpenVINO cannot read {onnx_file} ({_lines(fault)[-1]}): export it again"
        ) from None
    return written


def _lines(fault: Exception) -> list[str]:
    """What is said, line by line, each cut short: torch says it first, before the whole graph; OpenVINO last,
    after its own places.
    """
    return [line[:200] for line in str(fault).splitlines() if line.strip()] or [type(fault).__name__]
