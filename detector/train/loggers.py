"""The loggers of a run: always CSV, on demand TensorBoard and Weights & Biases; and what the CSV says."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pandas as pd
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


def read_logs(run: Path) -> pd.DataFrame:
    """Everything logged in `run`, in order of step; of a step that was done twice, in a run that broke off,
    the later one.

    What a killed process had not written yet is missing, be it all of it; epoch, step and auc_mean are
    columns all the same.
    """
    logs = sorted((run / "logs").glob("version_*/metrics.csv"), key=_version)
    parts = [
        pd.read_csv(path) for path in logs if path.stat().st_size
    ]  # one killed as it began to write leaves an empty file
    columns = pd.DataFrame({name: pd.Series(dtype=float) for name in ("epoch", "step", "auc_mean")})
    table = pd.concat(
        [columns, *(part.assign(part=number) for number, part in enumerate(parts))], ignore_index=True
    )
    if table.empty:
        return table
    begins = table.groupby("part")["step"].min()
    redone = [
        any(row.step >= begins[part] for part in begins.index if part > row.part)
        for row in table.itertuples()
    ]
    return table[[not again for again in redone]].sort_values("step", kind="stable")


def auc_columns(logs: pd.DataFrame) -> list[str]:
    """The columns of logs that hold the AUC of a source."""
    return [column for column in map(str, logs.columns) if column.startswith("auc/")]


def _version(path: Path) -> int:
    return int(path.parent.name.removeprefix("version_"))
