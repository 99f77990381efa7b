"""The loggers of a run: always CSV, on demand TensorBoard and Weights & Biases."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path

import msgspec
from pytorch_lightning.loggers import CSVLogger, Logger, TensorBoardLogger

from detector.errors import SettingsError
from detector.train.recipe import Recipe

PROJECT = "unblend"
OFFLINE = "offline"


@dataclass(frozen=True)
class Logs:
    """What a run is logged to beside its CSV."""

    tensorboard: bool = False
    wandb: bool = False


CSV_ALONE = Logs()


def loggers(out: Path, logs: Logs, recipe: Recipe) -> list[Logger]:
    """The loggers of a run in the folder `out`; raises SettingsError where a package is missing.

    Weights & Biases writes into the folder and sends nothing, unless its own variable WANDB_MODE says
    otherwise.
    """
    chosen: list[Logger] = [CSVLogger(out, name="logs", version=len(list((out / "logs").glob("*"))))]
    if logs.tensorboard:
        _need("tensorboard", "--tensorboard")
        chosen.append(TensorBoardLogger(out, name="tensorboard", version=""))
    if logs.wandb:
        _need("wandb", "--wandb")
        from pytorch_lightning.loggers import WandbLogger

        os.environ.setdefault("WANDB_MODE", OFFLINE)
        os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
        chosen.append(
            WandbLogger(
                project=os.environ.get("WANDB_PROJECT", PROJECT),
                name=out.name,
                save_dir=out,
                config=msgspec.to_builtins(recipe, str_keys=True),
            )
        )
    return chosen


def finish(loggers_of_run: list[Logger]) -> None:
    """End the run of Weights & Biases, so that the next one in this process is one of its own."""
    if importlib.util.find_spec("wandb") is None:
        return
    from pytorch_lightning.loggers import WandbLogger

    for logger in loggers_of_run:
        if isinstance(logger, WandbLogger):
            logger.experiment.finish()


def _need(package: str, option: str) -> None:
    if importlib.util.find_spec(package) is None:
        raise SettingsError(
            f"{option} needs the package {package}, which is not installed: pip install {package} -c"
            " constraints.txt"
        )
