"""How well statistics of the file alone tell the label of training pairs, in all and by kind of fake.

Usage: python -m tools.shortcuts RECIPE --data DATA [--init FOLDER] [--pairs 600] [--size 160]
[--kinds "the mix,blends"]

Over 0.6 is a shortcut.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from detector.data.tables import read_index
from detector.evaluate.report.markdown import grid, in_words
from detector.experiments.shortcuts import Shortcut, kinds_of, measure_shortcut
from detector.train.dataset import Pairs
from detector.train.init_weights import starting_forgers
from detector.train.recipe import read_recipe

HEAD = ("fakes", "pairs", "AUC", "AUC, whole crop alone", "weightiest", "alone farthest from 0.5")
NAMED = 3
"""Statistics named beside each figure."""


def main() -> None:
    """Measure, and print a Markdown table."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("recipe", type=Path)
    arguments.add_argument(
        "--data", type=Path, required=True, help="folder with index.csv and landmarks68.npy"
    )
    arguments.add_argument(
        "--init", type=Path, help="the folder of starting weights, where the recipe's fakes need autoencoders"
    )
    arguments.add_argument("--split", default="train")
    arguments.add_argument("--pairs", type=int, default=600)
    arguments.add_argument("--size", type=int, help="input side in pixels (the last of the recipe)")
    arguments.add_argument("--kinds", help="only these kinds of fakes, joined by commas")
    args = arguments.parse_args()
    recipe = read_recipe(args.recipe)
    kinds = kinds_of(recipe)
    wanted = [name.strip() for name in args.kinds.split(",")] if args.kinds else list(kinds)
    unknown = [name for name in wanted if name not in kinds]
    if unknown:
        arguments.error(f"{args.recipe.name} has no kind {unknown[0]!r}; it has: {', '.join(kinds)}")
    pictures = read_index(args.data, args.split)
    forgers = starting_forgers(recipe, args.init)
    print(grid(HEAD, []))
    for name in wanted:
        pairs = Pairs(pictures, kinds[name], 0, args.pairs, args.size or recipe.final_size, forgers)
        shortcut = measure_shortcut((pairs[number] for number in range(len(pairs))), recipe.margin)
        print(f"| {' | '.join(row(name, shortcut))} |", flush=True)


def row(name: str, shortcut: Shortcut) -> list[str]:
    """A line of the table."""
    alone = sorted(shortcut.single.items(), key=lambda item: -abs(item[1] - 0.5))[:NAMED]
    return [
        name,
        str(shortcut.pairs),
        in_words(shortcut.auc),
        in_words(shortcut.auc_of_whole),
        ", ".join(
            f"{statistic} {share:.0%}" for statistic, share in list(shortcut.importances.items())[:NAMED]
        ),
        ", ".join(f"{statistic} {value:.3f}" for statistic, value in alone),
    ]


if __name__ == "__main__":
    main()
