"""A scan of many pictures, killed (SIGKILL) at random moments and resumed, in each format: complete, and no
file twice.

python -m tools.killed_scans [--files 3000] [--kills 3] [--random-seed 0]
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from detector.report import journal_of, read_rows

SIDE_PX = 48
LATEST_S = 600.0


def make_pictures(folder: Path, count: int) -> None:
    """Pictures of noise, in which no face is found; one has a name that is not UTF-8, one begins with `=`."""
    rng = np.random.default_rng(0)
    for number in range(count):
        pixels = rng.integers(0, 255, (SIDE_PX, SIDE_PX, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:05}.jpg")
    (folder / "00001.jpg").rename(folder / "caf\udce9.jpg")
    (folder / "00002.jpg").rename(folder / "=1+1.jpg")


def files_in(out: Path) -> list[str]:
    """The files of a finished table, in its order."""
    match out.suffix:
        case ".csv":
            return [row["file"] for row in read_rows(out)]
        case ".json":
            return [document["file"] for document in json.loads(out.read_text(encoding="utf-8"))]
        case _:
            return [str(file) for file in pd.read_parquet(out)["file"]]


def written(out: Path) -> int:
    """How many lines the table under way has."""
    journal = journal_of(out)
    return journal.read_bytes().count(b"\n") if journal.exists() else 0


def kill_at(out: Path, words: list[str], lines: int, jitter_s: float) -> int:
    """Start a scan and kill it when the table has so many lines, a random moment later; how many it had."""
    process = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    ends_s = time.monotonic() + LATEST_S
    while written(out) < lines and process.poll() is None and time.monotonic() < ends_s:
        time.sleep(0.01)
    time.sleep(jitter_s)
    process.kill()
    process.wait()
    return written(out)


def killed_and_resumed(folder: Path, out: Path, count: int, kills: int, rng: random.Random) -> str:
    """One line on a scan that was killed `kills` times and then let to its end; AssertionError where the
    table is not whole.
    """
    words = [sys.executable, "-m", "detector", "scan", str(folder), "--out", str(out), "--resume"]
    moments = sorted(rng.sample(range(1, count), kills))
    begun_s = time.monotonic()
    stood = [kill_at(out, words, lines, rng.uniform(0, 0.05)) for lines in moments]
    done = subprocess.run(words, capture_output=True, text=True)
    files = files_in(out)
    twice = [file for file, number in Counter(files).items() if number > 1]
    assert done.returncode == 0, done.stderr[-500:]
    assert len(files) == count and not twice, (len(files), twice[:3])
    left = sorted(path.name for path in out.parent.iterdir() if path.is_file())
    assert left == [out.name], left
    first = done.stderr.splitlines()[0]
    seconds = time.monotonic() - begun_s
    told = f"killed at {stood} lines; last run: {first}; {len(files)} rows, 0 twice, {seconds:.0f} s"
    return f"{out.suffix}: {told}"


def main() -> None:
    """Print a line for each format."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--files", type=int, default=3000)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--random-seed", type=int, default=0)
    args = parser.parse_args()
    rng = random.Random(args.random_seed)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "pictures"
        folder.mkdir()
        make_pictures(folder, args.files)
        for suffix in (".csv", ".json", ".parquet"):
            out = Path(place) / suffix[1:] / f"results{suffix}"
            out.parent.mkdir()
            print(killed_and_resumed(folder, out, args.files, args.kills, rng), flush=True)


if __name__ == "__main__":
    main()
