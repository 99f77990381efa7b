"""The small autoencoders whose pictures are fakes of the training: from the real pictures of a data set's
train split to one file.

python -m tools.make_autoencoders DATA OUT.safetensors [--steps 900]
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import detector  # noqa: F401 - the import hook for torchvision
from detector.blending.autoencoders import PLANS, Plan, save_autoencoders, train_autoencoder
from detector.data.tables import read_index


def main() -> int:
    """Train one after the other; the file is written anew after each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="folder that holds index.csv")
    parser.add_argument("out", type=Path, help="the file to write")
    parser.add_argument("--steps", type=int, default=900, help="optimiser steps of each (900)")
    args = parser.parse_args()
    pictures = read_index(args.data, "train")
    networks = []
    for plan in PLANS:
        begun = time.monotonic()

        def tell(step: int, loss: float, plan: Plan = plan, begun: float = begun) -> None:
            if step % 100 == 0:
                print(
                    f"{plan.name}: step {step}, loss {loss:.4f}, {time.monotonic() - begun:.0f} s",
                    file=sys.stderr,
                    flush=True,
                )

        networks.append(train_autoencoder(plan, pictures, args.steps, tell=tell))
        save_autoencoders(args.out, networks)
    return 0


if __name__ == "__main__":
    sys.exit(main())
