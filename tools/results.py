"""The tables of docs/results, a page a subject: every shipped detector, measured.

Usage: python -m tools.results --data ../shared/data --blends FOLDER [--corrupted 60] [--left-out RUNS]
[--seeds RUNS] [--only PAGE,PAGE] [--kept]

FOLDER comes from tools/make_blend_set.py; --corrupted says how many pictures are judged after each
corruption. RUNS are folders that `train --leave-out each` and `train --seeds 1,2,3` filled. Pages of what is
not given stay as they are. Predictions are kept in --work, so that an interrupted call goes on where it was;
with --kept nothing is judged, and the pages are written whose predictions lie there.
"""

from __future__ import annotations

import argparse
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from detector.engines import PYTORCH
from detector.evaluate.calibration import TUNE
from detector.evaluate.evidence import Held
from detector.evaluate.predict import predict
from detector.evaluate.predictions import Predictions, read_predictions
from detector.evaluate.report.markdown import (
    calibration_markdown,
    errors_table,
    render,
    to_markdown,
)
from detector.evaluate.report.report import Report
from detector.evaluate.run import Parts, evaluate, evaluate_kept
from detector.evidence import read as read_evidence
from detector.experiments.candidate import (
    candidate_detector,
    candidate_results,
    spread_markdown,
    write_left_out,
)
from detector.experiments.sweep import Variant
from detector.manifest import Entry
from detector.pipeline import load_detector
from detector.publish.measure import FILES, Sources, predict_all
from detector.train.recipe import read_recipe
from detector.weights import evidence_path, find_weights, read_manifest

ROOT = Path(__file__).resolve().parent.parent
MARK = "<!-- measured: what follows is written by tools/results.py -->"


@dataclass(frozen=True)
class Protocol:
    """Data on which all shipped detectors are measured, and the page of its tables; `kept` names the file of
    its predictions.
    """

    page: str
    index: str
    kept: str
    words: str
    split: str | None = None
    from_blends: bool = False


PROTOCOLS = (
    Protocol(
        "in-domain",
        "train/index.csv",
        FILES["test"],
        "Pictures of the training's sources, of groups not trained on (actors of dfdc recur, so it"
        " flatters).",
        split="test",
    ),
    Protocol(
        "cross",
        "cross/index.csv",
        FILES["cross"],
        "Sets never trained or calibrated on. Recipes were changed on the way by what the first five of them"
        " (ciplab, diffusion, ffpp at c23 and at c40, swaps) showed, so they flatter too. The manifest and"
        " README have the mean of those five.",
    ),
    Protocol(
        "videos",
        "videos/index.csv",
        FILES["videos"],
        "32 frames a clip. FaceForensics++ people of these clips are also in `ffpp`, so the clips without"
        " them are quoted too.",
    ),
    Protocol(
        "self-blends",
        "index.csv",
        "self-blends-of-unseen-people.csv",
        "Real pictures of `test` and a self-blend of each, encoded alike (`tools/make_blend_set.py`).",
        from_blends=True,
    ),
)
FAIRNESS, ROBUSTNESS, CALIBRATION = "fairness", "robustness", "calibration"
LEFT_OUT, SEEDS = "left-out", "seeds"
EVIDENCE = "evidence"
PAGES = (
    *(protocol.page for protocol in PROTOCOLS),
    FAIRNESS,
    ROBUSTNESS,
    CALIBRATION,
    LEFT_OUT,
    SEEDS,
    EVIDENCE,
)


def main() -> None:
    """Measure, and write the pages."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--data", type=Path, default=Path("../shared/data"))
    arguments.add_argument("--blends", type=Path)
    arguments.add_argument("--work", type=Path, default=Path("runs/results"))
    arguments.add_argument("--corrupted", type=int, default=60)
    arguments.add_argument("--left-out", type=Path)
    arguments.add_argument("--seeds", type=Path)
    arguments.add_argument("--seeds-size", type=int, default=224)
    arguments.add_argument(
        "--seeds-on", default="in-domain,cross,videos", help="pages whose data the seeds are compared on"
    )
    arguments.add_argument("--only", default=",".join(PAGES), help=f"pages, of {', '.join(PAGES)}")
    arguments.add_argument(
        "--kept", action="store_true", help="judge nothing: from the predictions in --work"
    )
    args = arguments.parse_args()
    asked = args.only.split(",")
    if unknown := set(asked) - set(PAGES):
        arguments.error(f"--only {', '.join(sorted(unknown))}: there are {', '.join(PAGES)}")
    entries = dict(sorted(read_manifest(find_weights()).items()))
    write_protocols(args, asked, list(entries))
    if ROBUSTNESS in asked and (report := robustness_report(args, list(entries))) is not None:
        write_page(ROBUSTNESS, render("robustness.md.j2", report=report, level="#"))
    if CALIBRATION in asked and (tables := calibrations(args, entries)) is not None:
        write_page(CALIBRATION, tables)
    if LEFT_OUT in asked and args.left_out is not None:
        write_page(LEFT_OUT, left_out_tables(args))
    if EVIDENCE in asked:
        write_page(EVIDENCE, evidence_tables(entries))
    if SEEDS in asked and args.seeds is not None:
        write_page(SEEDS, seeds_tables(args))


def write_page(page: str, tables: str, root: Path = ROOT) -> None:
    """Write `tables` below the mark of a page of docs/results.

    It is read only now, so that what was written above the mark while this measured stays.
    """
    path = root / "docs" / "results" / f"{page}.md"
    words = path.read_text(encoding="utf-8").partition(MARK)[0]
    path.write_text(f"{words}{MARK}\n\n{tables.strip()}\n", encoding="utf-8")


def write_protocols(args: Namespace, asked: list[str], names: list[str]) -> None:
    """The pages of every protocol that was asked for, and who is on the pictures of the in-domain one."""
    for protocol in PROTOCOLS:
        with_people = protocol.split == "test" and FAIRNESS in asked
        if protocol.page not in asked and not with_people:
            continue
        report = report_of_protocol(protocol, args, names, Parts(fairness=with_people))
        if report is None:
            continue
        if report.fairness is not None:
            write_page(FAIRNESS, render("fairness.md.j2", report=report, level="##"))
        if protocol.page in asked:
            tables = to_markdown(replace(report, fairness=None), level=2)
            write_page(protocol.page, f"{protocol.words}\n\n{tables}")


def report_of_protocol(protocol: Protocol, args: Namespace, names: list[str], parts: Parts) -> Report | None:
    """What all detectors say on the protocol's data; None where that, or what was kept, is not there."""
    folder = args.blends if protocol.from_blends else args.data
    kept = args.work / protocol.kept
    if folder is None or (args.kept and not kept.exists()):
        return None
    index = folder / protocol.index
    if args.kept:
        return evaluate_kept(kept, index, names, split=protocol.split, parts=parts)
    progress = _tell(protocol.page)
    return evaluate(index, names, out=kept, split=protocol.split, parts=parts, progress=progress)


def robustness_report(args: Namespace, names: list[str]) -> Report | None:
    """An even share of cross after every corruption, so its intervals are wide."""
    kept, index, parts = (
        args.work / "corrupted.csv",
        args.data / "cross" / "index.csv",
        Parts(robustness=True),
    )
    if args.corrupted == 0 or (args.kept and not kept.exists()):
        return None
    if args.kept:
        return evaluate_kept(kept, index, names, limit=args.corrupted, parts=parts)
    progress = _tell(ROBUSTNESS)
    return evaluate(index, names, out=kept, limit=args.corrupted, parts=parts, progress=progress)


def calibrations(args: Namespace, entries: Mapping[str, Entry]) -> str | None:
    """What calibrations and thresholds are worth; the predictions of the pages before are taken, those on
    `tune` made where they are not kept.
    """
    names = [name for name in FILES if name != "videos"]
    if not args.kept:
        detectors = [load_detector(name, PYTORCH) for name in entries]
        sources = Sources(args.data / "train", args.data / "cross")
        tables: Mapping[str, Predictions] = predict_all(detectors, sources, args.work)
    elif all((args.work / FILES[name]).exists() for name in names):
        tables = {name: read_predictions(args.work / FILES[name]) for name in names}
    else:
        return None
    parts = [errors_table(entries)]
    for name, entry in entries.items():
        mine = {data: predictions.of_detector(name) for data, predictions in tables.items()}
        parts.append(f"## `{name}`\n\n{calibration_markdown(entry, mine.pop(TUNE), mine)}")
    return "\n\n".join(parts)


def evidence_tables(entries: Mapping[str, Entry]) -> str:
    """The release gate of every shipped detector and what was tested, as its file of evidence has them."""
    paths = [evidence_path(entry, find_weights()) for entry in entries.values()]
    fitted = [read_evidence(path) for path in paths if path is not None]
    held = [Held(of.detector, of.question, of.fit) for of in fitted]
    gates = render("evidence.md.j2", held=held, conditions=True, level="##")
    return f"{gates}\n{render('references.md.j2', fitted=fitted, level='##')}"


def left_out_tables(args: Namespace) -> str:
    """Runs that each left a source out; their recipe and its words stand above."""
    runs = [
        Variant(leave_out=path.name.removeprefix("without-"))
        for path in sorted(args.left_out.glob("without-*"))
    ]
    table = write_left_out(args.left_out, runs, args.data / "train", progress=_tell(LEFT_OUT))
    return f"{length_of(runs[0].folder(args.left_out))}\n\n{table.read_text(encoding='utf-8')}"


def seeds_tables(args: Namespace) -> str:
    """Runs of one recipe with several random seeds: what chance does to every metric."""
    runs = sorted(args.seeds.glob("seed-*"))
    detectors = [candidate_detector(run, size=args.seeds_size) for run in runs]
    parts = [f"{length_of(runs[0])} Judged at {args.seeds_size} px, but on `tune` as in training."]
    parts.append((args.seeds / "seeds.md").read_text(encoding="utf-8").strip())
    for protocol in PROTOCOLS:
        if protocol.page not in args.seeds_on.split(","):
            continue
        predictions = predict(
            args.data / protocol.index,
            detectors,
            out=args.work / f"seeds-{protocol.kept}",
            split=protocol.split,
            progress=_tell(f"{SEEDS}: {protocol.page}"),
        )
        names = (run.name.replace("-", " ") for run in runs)
        by_run = dict(zip(names, candidate_results(detectors, predictions), strict=True))
        parts.append(f"## {protocol.page.capitalize()}\n\n{spread_markdown(by_run)}")
    return "\n\n".join(parts)


def length_of(run: Path) -> str:
    """What was trained in a folder, and for how long, in a sentence."""
    recipe = read_recipe(run / "recipe.json")
    pictures = recipe.schedule.steps * recipe.optimiser.batch_pairs * 2
    began = recipe.start or "random weights"
    return (
        f"`{recipe.detector}`, {pictures:,} pictures a run from {began}, {recipe.final_size} px; the best"
        " epoch by the mean AUC on `tune`."
    )


def _tell(title: str) -> Callable[[float, str], None]:
    return lambda share, text: print(f"\r{title} {share:.0%}", end="", file=sys.stderr)


if __name__ == "__main__":
    main()
