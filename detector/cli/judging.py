"""Commands that judge files: `scan`, `analyze`, `explain`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detector.cli.progress import ProgressLine
from detector.errors import MediaError, SettingsError
from detector.settings import Settings

if TYPE_CHECKING:
    from detector.batch import Result
    from detector.pipeline import Detector
    from detector.structures import Analysis


def scan_command(args: Namespace) -> int:
    """Judge many files; 1 where one of them could not be read."""
    from detector import batch

    if args.resume and (args.out is None or args.out.suffix.lower() != ".csv"):
        raise SettingsError("--resume goes on with a table: name it with --out FILE.csv")
    settings, files = Settings.from_env(), batch.find_files(args.paths)
    detector = _detector(args, settings)
    done = batch.done_files(args.out, detector.info) if args.resume else frozenset()
    todo = [path for path in files.paths if str(path) not in done]
    _say(
        f"{len(todo)} to judge, {len(files.paths) - len(todo)} done before, {files.skipped} skipped (neither"
        " photo nor video)"
    )
    with ProgressLine() as line:
        results = batch.scan_files(todo, detector, **_how(args, settings), progress=line)
        written = (
            batch.record(results, args.out, detector.info, args.resume)
            if args.out
            else _to_stdout(results, detector)
        )
        return _summed_up(written, len(todo), line)


def analyze_command(args: Namespace) -> int:
    """Judge one file."""
    from detector.report import to_json
    from detector.verdict import sentence

    settings = Settings.from_env()
    analysis = _analyzed(args, settings)[0]
    if args.json:
        print(to_json(analysis, settings.of_judging, str(args.file)))
    else:
        print(sentence(analysis), *analysis.reasons, sep="\n")
    return 0


def explain_command(args: Namespace) -> int:
    """Write the face that decides with its heat map; 1 where there is none to draw."""
    from PIL import Image

    from detector.explain.cams import heatmap
    from detector.explain.overlay import overlay
    from detector.faces.crop import crop_face

    analysis, detector = _analyzed(args, Settings.from_env())
    if analysis.deciding is None:
        raise MediaError(
            f"{args.file.name}: {analysis.verdict}, so there is nothing to draw; --no-face-crop takes the"
            " whole picture"
        )
    crop = crop_face(analysis.deciding.face, detector.input)
    out = args.out or Path(f"{args.file.stem}.heatmap.png")
    Image.fromarray(overlay(crop, heatmap(crop, detector, args.method))).save(out)
    print(out)
    return 0


def _analyzed(args: Namespace, settings: Settings) -> tuple[Analysis, Detector]:
    from detector.pipeline import analyze

    detector = _detector(args, settings)
    with ProgressLine() as line:
        return analyze(args.file, detector, **_how(args, settings), progress=line), detector


def _detector(args: Namespace, settings: Settings) -> Detector:
    from detector.engines.threads import use_threads
    from detector.pipeline import load_detector

    use_threads(settings.threads)
    return load_detector(
        args.detector or settings.detector, settings.engine, settings.device, settings.weights
    )


def _how(args: Namespace, settings: Settings) -> dict[str, Any]:
    """What the settings and the command say of scanning, as arguments of the core."""
    from detector.faces.finder import default_finder

    finder = None if args.no_face_crop else default_finder(settings.finder)
    return {
        "frames": settings.frames,
        "limits": settings.limits,
        "finder": finder,
        "cropped": args.no_face_crop,
    }


def _to_stdout(results: Iterator[Result], detector: Detector) -> Iterator[Result]:
    """Pass results on and print each as a row."""
    from detector import batch, report

    print(report.to_csv([]), end="")
    for result in results:
        print(report.to_csv([batch.row(result, detector.info)], header=False), end="", flush=True)
        yield result


def _summed_up(results: Iterator[Result], count: int, line: ProgressLine) -> int:
    """Tell each result and their sum on stderr; 1 where a file failed."""
    told: Counter[str] = Counter()
    for number, result in enumerate(results, start=1):
        verdict = str(result.analysis.verdict) if result.analysis else "could not be read"
        told[verdict] += 1
        line.tell(f"{number} of {count}  {result.path}: {result.error or verdict}")
    line.tell(
        ", ".join(f"{number} {verdict}" for verdict, number in told.most_common()) or "nothing to judge"
    )
    return 1 if told["could not be read"] else 0


def _say(words: str) -> None:
    print(words, file=sys.stderr)
