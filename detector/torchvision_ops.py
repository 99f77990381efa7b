"""Supplies `torchvision::nms` where a CPU torch meets a torchvision built for CUDA, whose operators then
cannot be loaded.

On Linux PyPI's torchvision is linked against CUDA: beside a CPU build of torch its library is silently not
loaded and `import torchvision` raises "operator torchvision::nms does not exist" (pytorch/vision issues 9077
and 9085). `install()` puts a finder in front of the import system which, when torchvision is first imported,
defines the missing operators in plain torch. It steps aside where the real ones can be loaded. Only nms is
supplied (with the quantised name that torchvision declares beside it): roi_align, deform_conv and the picture
readers stay unavailable.
"""

from __future__ import annotations

import importlib.machinery
import logging
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

log = logging.getLogger(__name__)

_kept: list[Any] = []  # a torch.library.Library undoes its definitions when it is collected


def nms(boxes: torch.Tensor, scores: torch.Tensor, iou_threshold: float) -> torch.Tensor:
    """Indices (K,) int64 of the boxes kept by greedy non-maximum suppression, highest score first.

    `boxes` is (N, 4) x1, y1, x2, y2, `scores` (N,); a box goes when its overlap with a kept one is over
    `iou_threshold`.
    """
    import torch

    order = scores.argsort(descending=True, stable=True)
    x1, y1, x2, y2 = boxes.float().unbind(1)
    areas = (x2 - x1) * (y2 - y1)
    kept = []
    while order.numel():
        first, rest = order[0], order[1:]
        kept.append(first)
        width = (torch.minimum(x2[first], x2[rest]) - torch.maximum(x1[first], x1[rest])).clamp(min=0)
        height = (torch.minimum(y2[first], y2[rest]) - torch.maximum(y1[first], y1[rest])).clamp(min=0)
        shared = width * height
        order = rest[shared / (areas[first] + areas[rest] - shared) <= iou_threshold]
    return torch.stack(kept) if kept else torch.empty(0, dtype=torch.int64, device=boxes.device)


def library_loads(spec: importlib.machinery.ModuleSpec) -> bool:
    """Whether torchvision's compiled operators load beside this torch."""
    import ctypes
    from pathlib import Path

    folders = [Path(folder) for folder in spec.submodule_search_locations or ()]
    libraries = [path for folder in folders for path in (*folder.glob("_C*.so"), *folder.glob("_C*.pyd"))]
    if not libraries:
        return False
    try:
        ctypes.CDLL(str(libraries[0]))
    except OSError:
        return False
    return True


def supply_nms() -> None:
    """Define the operators in plain torch, unless they are there already."""
    import torch

    if hasattr(torch.ops.torchvision, "nms"):
        return
    library: Any = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.impl("nms", nms, "CPU")
    _kept.append(library)
    log.info(
        "torchvision's compiled operators do not load beside torch %s; nms runs in plain torch",
        torch.__version__,
    )


def in_use() -> bool:
    """Whether the operators of this process are the ones supplied here."""
    return bool(_kept)


class _Finder:
    """Supplies what torchvision lacks when it is imported, and the import itself is left to the real loader.

    Who only asks whether torchvision is there gets the same answer, and the finder stays.
    """

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != "torchvision":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is not None and spec.loader is not None:
            run = spec.loader.exec_module

            def exec_module(module: ModuleType) -> None:
                import torch  # noqa: F401  # its libraries must be loaded before torchvision's can be tried

                if library_loads(spec):
                    run(module)
                    return
                supply_nms()
                run(module)
                module.extension._has_ops = lambda: True  # asked at each call of nms

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def install() -> None:
    """Make the next first import of torchvision safe; nothing is imported now. Calling it again changes
    nothing.
    """
    if "torchvision" in sys.modules or any(isinstance(finder, _Finder) for finder in sys.meta_path):
        return
    sys.meta_path.insert(0, _Finder())
