"""The processes that `torchrun` started for one training, and the pairs of a step that are their own."""

from __future__ import annotations

import atexit
import os
from dataclasses import dataclass
from typing import TypeVar

from detector.errors import SettingsError

Value = TypeVar("Value")


@dataclass(frozen=True)
class Processes:
    """`count` processes train together, `on_machine` of them on this machine; this one is number `rank`, and
    number 0 writes the files.
    """

    count: int = 1
    rank: int = 0
    on_machine: int = 1

    @property
    def writes(self) -> bool:
        return self.rank == 0

    @property
    def machines(self) -> int:
        return self.count // self.on_machine

    def agree(self, value: Value) -> Value:
        """The `value` of process 0, in every process: what each would measure for itself may differ."""
        if self.count == 1:
            return value
        import torch

        values = [value]
        torch.distributed.broadcast_object_list(values, src=0)
        return values[0]


ALONE = Processes()


def started_processes() -> Processes:
    """What `torchrun` says of this process in its environment; ALONE where nobody started it so."""
    if "TORCHELASTIC_RUN_ID" not in os.environ:
        return ALONE
    return Processes(*(int(os.environ[name]) for name in ("WORLD_SIZE", "RANK", "LOCAL_WORLD_SIZE")))


def join_processes() -> Processes:
    """The same, once this process is in touch with the others."""
    import torch

    processes = started_processes()
    if processes.count > 1 and not torch.distributed.is_initialized():
        on_gpu = torch.cuda.is_available()
        if on_gpu:
            torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        torch.distributed.init_process_group("nccl" if on_gpu else "gloo")
        atexit.register(torch.distributed.destroy_process_group)
    return processes


def own_parts(count: int, part_pairs: int, processes: Processes = ALONE) -> list[list[int]]:
    """Numbers 0 to `count` in parts of `part_pairs`, one after the other; of each, the equal share of this
    process.

    All processes together see the same pairs in a part as one alone would. Raises SettingsError where a part
    cannot be shared.
    """
    if part_pairs % processes.count:
        raise SettingsError(
            f"{part_pairs} pairs cannot be shared by {processes.count} processes; change batch_pairs or"
            " accumulate"
        )
    share = part_pairs // processes.count
    return [
        list(range(start + processes.rank * share, start + (processes.rank + 1) * share))
        for start in range(0, count, part_pairs)
    ]
