"""Every shipped detector and the development data to the tables of docs/results and the table of README.md.

Usage: python tools/results.py --data ../shared/data --blends FOLDER [--damaged 60] [--left-out RUNS] [--seeds
RUNS] [--only README|results|left-out|seeds] FOLDER comes from tools/make_blend_set.py; --damaged says how
many pictures are judged after each kind of damage. RUNS are folders that `train --leave-out each` and `train
--seeds 1,2,3` filled. The chapters of what is not given, and of --damaged 0, stay as they are.

Predictions are kept in --work, so that an interrupted call goes on where it was.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from detector.evaluate.calibration import TUNE
from detector.evaluate.calibration_tables import calibration_markdown, errors_table
from detector.evaluate.fairness import FAIRNESS
from detector.evaluate.metrics import Estimate
from detector.evaluate.predict import predict, run
from detector.evaluate.report.markdown import in_words
from detector.evaluate.robustness import ROBUSTNESS
from detector.experiments.candidate import figures_on_trial, trial_detector
from detector.experiments.sweep import Variant, spread_markdown, write_left_out
from detector.manifest import Entry, Summary, mean_auc
from detector.pipeline import load_detector
from detector.publish.measure import Sources, predict_all
from detector.train.recipe import read_recipe
from detector.weights import find_weights, read_manifest

ROOT = Path(__file__).resolve().parent.parent
PARTS = (
    (
        "In-domain: test",
        "data/train/index.csv",
        "test",
        (
            "Pictures of the training's sources, of groups not trained on (actors of dfdc recur, so it"
            " flatters)."
        ),
    ),
    (
        "Across datasets: cross",
        "data/cross/index.csv",
        None,
        (
            "Five sets never trained or calibrated on. The uncertain band was fitted on them, and recipes"
            " were changed on the way by what they showed, so they flatter too."
        ),
    ),
    (
        "Development videos",
        "data/videos/index.csv",
        None,
        (
            "32 frames a clip. FaceForensics++ people of these clips are also in `ffpp`, so the clips without"
            " them are quoted too."
        ),
    ),
    (
        "Self-blends of unseen people",
        "blends/index.csv",
        None,
        "Real pictures of `test` and a self-blend of each, encoded alike (`tools/make_blend_set.py`).",
    ),
)
RUNS = 15
FAIRNESS_TITLE = "### Real pictures called fake, by who is on them"
OF_RUNS = {"left-out": "## Left one source out", "seeds": "## Three random seeds"}
"""Chapters on runs that are not published: what they are called on the command line, and their title lines.
"""
PAGES = {
    "## In-domain: test": "in-domain",
    "## Across datasets: cross": "cross",
    "## Development videos": "videos",
    "## Self-blends of unseen people": "self-blends",
    FAIRNESS_TITLE: "fairness",
    "## Calibration": "calibration",
    "## Robustness": "robustness",
    OF_RUNS["left-out"]: "left-out",
    OF_RUNS["seeds"]: "seeds",
}
"""The page of docs/results of each chapter."""
MARK = "<!-- measured: what follows is written by tools/results.py -->"


def main() -> None:
    """Measure, and write both files."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--data", type=Path, default=Path("../shared/data"))
    arguments.add_argument("--blends", type=Path, required=True)
    arguments.add_argument("--work", type=Path, default=Path("runs/results"))
    arguments.add_argument("--damaged", type=int, default=60)
    arguments.add_argument("--left-out", type=Path)
    arguments.add_argument("--seeds", type=Path)
    arguments.add_argument("--seeds-size", type=int, default=224)
    arguments.add_argument(
        "--seeds-on", default="train,cross,videos", help="folders of --data on which the seeds are compared"
    )
    arguments.add_argument(
        "--only",
        choices=("README", "results", *OF_RUNS),
        help="left-out, seeds: that chapter alone, from its runs",
    )
    args = arguments.parse_args()
    manifest = read_manifest(find_weights())
    of_runs = {"left-out": (args.left_out, left_out_of), "seeds": (args.seeds, seeds_of)}
    if args.only in OF_RUNS:
        runs, chapter_of = of_runs[args.only]
        if runs is None:
            arguments.error(f"--only {args.only} needs --{args.only}")
        write_chapters({OF_RUNS[args.only]: chapter_of(args)})
        return
    if args.only != "README":
        written = [section(part, args, sorted(manifest)) for part in PARTS]
        written.append(calibrations(args, dict(sorted(manifest.items()))))
        written += [robustness_of(args, sorted(manifest))] if args.damaged else []
        written += [chapter_of(args) for runs, chapter_of in of_runs.values() if runs is not None]
        written[0], _, fairness = written[0].partition(f"\n\n{FAIRNESS_TITLE}")
        written.append(f"{FAIRNESS_TITLE}{fairness}")
        write_chapters({text.partition("\n")[0]: text for text in written})
    if args.only != "results":
        fill_readme(manifest.default or "", dict(manifest))


def write_chapters(chapters: Mapping[str, str]) -> None:
    """Write each of `chapters` (title line to text) below the mark of its page in docs/results.

    A page is read only now, so that what was written above the mark while this measured stays.
    """
    for title, text in chapters.items():
        path = ROOT / "docs" / "results" / f"{PAGES[title]}.md"
        said = path.read_text(encoding="utf-8").partition(MARK)[0]
        body = re.sub(r"^##(?=#+ )", "#", text.partition("\n")[2].strip(), flags=re.MULTILINE)
        path.write_text(f"{said}{MARK}\n\n{body}\n", encoding="utf-8")


def section(part: tuple[str, str, str | None, str], args: argparse.Namespace, names: Sequence[str]) -> str:
    """One page of docs/results."""
    title, index, split, words = part
    folder, _, rest = index.partition("/")
    path = (args.blends if folder == "blends" else args.data) / rest
    work = args.work / (title.split(":")[-1].strip().lower().replace(" ", "-") + ".csv")
    report = run(
        path,
        names,
        out=work,
        split=split,
        further=[FAIRNESS] if split == "test" else [],
        progress=_tell(title),
    )
    return f"## {title}\n\n{words}\n\n{report.markdown.strip()}"


def robustness_of(args: argparse.Namespace, names: Sequence[str]) -> str:
    """The chapter on damaged pictures: an even share of cross, so its intervals are wide."""
    out, path = args.work / "damaged.csv", args.data / "cross" / "index.csv"
    report = run(path, names, out=out, limit=args.damaged, further=[ROBUSTNESS], progress=_tell("Robustness"))
    return "## Robustness\n\n" + report.markdown[report.markdown.index("### After damage") :].strip()


def left_out_of(args: argparse.Namespace) -> str:
    """The chapter on runs that each left a source out; their recipe and its words stand in it."""
    runs = [
        Variant(leave_out=path.name.removeprefix("without-"))
        for path in sorted(args.left_out.glob("without-*"))
    ]
    table = (
        write_left_out(args.left_out, runs, args.data / "train", progress=_tell("Left out"))
        .read_text(encoding="utf-8")
        .strip()
    )
    return f"{OF_RUNS['left-out']}\n\n{length_of(runs[0].folder(args.left_out))}\n\n{table}"


def seeds_of(args: argparse.Namespace) -> str:
    """The chapter on runs of one recipe with several random seeds: what chance does to every figure."""
    runs = sorted(args.seeds.glob("seed-*"))
    detectors = [trial_detector(run, size=args.seeds_size) for run in runs]
    parts = [
        f"{OF_RUNS['seeds']}\n\n{length_of(runs[0])} Judged at {args.seeds_size} px, but on `tune` as in"
        " training."
    ]
    parts.append((args.seeds / "seeds.md").read_text(encoding="utf-8").strip())
    for title, index, split, _ in PARTS[:3]:
        folder = index.split("/")[1]
        if folder not in args.seeds_on.split(","):
            continue
        path, work = args.data / index.removeprefix("data/"), args.work / f"seeds-{folder}.csv"
        found = predict(path, detectors, out=work, split=split, progress=_tell(title))
        by_run = dict(
            zip((run.name.replace("-", " ") for run in runs), figures_on_trial(detectors, found), strict=True)
        )
        parts.append(f"### {title}\n\n{spread_markdown(by_run)}")
    return "\n\n".join(parts)


def length_of(run: Path) -> str:
    """What was trained in a folder, and for how long, in a sentence."""
    recipe = read_recipe(run / "recipe.json")
    pictures = recipe.schedule.steps * recipe.optimiser.batch_pairs * 2
    began = recipe.start or "random weights"
    return (
        f"`{recipe.detector}`, {pictures:,} pictures a run from {began}, {recipe.final_size} px; the best"
        " round by the mean AUC on `tune`."
    )


def _tell(title: str) -> Callable[[float, str], None]:
    return lambda share, text: print(f"\r{title} {share:.0%}", end="", file=sys.stderr)


def calibrations(args: argparse.Namespace, entries: dict[str, Entry]) -> str:
    """The chapter on calibration; the predictions of the chapters before it are taken, those on `tune` made
    where they are not kept.
    """
    detectors = [load_detector(name) for name in entries]
    found = predict_all(detectors, Sources(args.data / "train", args.data / "cross"), args.work)
    parts = ["## Calibration", errors_table(entries)]
    for name, entry in entries.items():
        mine = {
            data: [one for one in predictions if one.detector == name] for data, predictions in found.items()
        }
        parts.append(f"### `{name}`\n\n{calibration_markdown(entry, mine.pop(TUNE), mine)}")
    return "\n\n".join(parts)


def fill_readme(default: str, entries: dict[str, Entry]) -> None:
    """Write the table between the marks of README.md."""
    columns = (
        "detector",
        "input",
        "parameters",
        "file",
        "ms a face, 2 cores",
        "AUC in-domain",
        "AUC across datasets",
        "AUC videos",
        "sure verdicts across datasets",
        "of these wrong",
    )
    head = f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}"
    rows = [
        row(name, entry, name == default)
        for name, entry in sorted(entries.items(), key=lambda item: item[0] != default)
    ]
    table = "\n".join([head, *rows])
    path = ROOT / "README.md"
    text = path.read_text(encoding="utf-8")
    filled = re.sub(
        r"(<!-- figures:begin[^\n]*-->\n).*?(\n<!-- figures:end -->)",
        lambda m: m[1] + table + m[2],
        text,
        flags=re.DOTALL,
    )
    path.write_text(filled, encoding="utf-8")


def row(name: str, entry: Entry, is_default: bool) -> str:
    """A line of README's table."""
    summary, metrics = entry.metrics.summary, entry.metrics
    cells = [
        f"`{name}`{' (default)' if is_default else ''}",
        f"{entry.input.size} px",
        f"{entry.params / 1e6:.1f} M",
        f"{entry.bytes / 1e6:.1f} MB",
        f"{latency_ms(name):.0f}",
        auc(summary.get("test"), mean_auc(metrics.test)),
        auc(summary.get("cross"), mean_auc(metrics.cross)),
        auc(summary.get("videos"), None),
        *sure(summary.get("cross")),
    ]
    return f"| {' | '.join(cells)} |"


def auc(summary: Summary | None, mean: float | None) -> str:
    """The mean AUC with its interval, or `mean` without one where no summary was measured."""
    value = summary.auc if summary is not None else mean
    bounds = summary.interval if summary is not None else None
    return in_words(None if value is None else Estimate(value, *(bounds or (None, None))))


def sure(summary: Summary | None) -> tuple[str, str]:
    """The share of verdicts other than `uncertain`, and how many of those are wrong, with its interval."""
    if summary is None:
        return "–", "–"
    wrong = (
        "none to be wrong"
        if summary.wrong is None
        else in_words(Estimate(summary.wrong, *(summary.wrong_interval or ())), ".0%")
    )
    return f"{summary.committed:.1%} ({summary.sure} of {summary.files:,})", wrong


def latency_ms(name: str) -> float:
    """Median milliseconds of one face through the engine, on this machine."""
    detector = load_detector(name)
    batch = np.random.default_rng(0).random(
        (1, 3, detector.input.size, detector.input.size), dtype=np.float32
    )
    taken = []
    for _ in range(RUNS):
        started = time.perf_counter()
        detector.engine.logits(batch)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken) * 1000


if __name__ == "__main__":
    main()
