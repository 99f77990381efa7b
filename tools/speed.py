"""The speed of the engines on this machine, side by side in one run: docs/results/speed.md.

Usage: python -m tools.speed [--rounds 30] [--seconds 4]

One face by every detector that ships, on each engine in turn, round after round, so that whatever else the
machine does meets all of them alike; two processes beside each other; what a start costs. Two minutes on idle
cores, on which the figures are worth most; ratios hold on a busy machine too.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from detector.engines import OPENVINO, OPENVINO_BF16, PYTORCH, make_engine
from detector.engines.export import IMAGES, LOGITS, export_onnx
from detector.engines.offers import MOST_AUC_LOST, read_offers
from detector.engines.speed import cpu
from detector.environment import threads
from detector.structures import Floats
from detector.weights import find_weights, load_network, read_manifest
from tools.timing import answers, free_port

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "results" / "speed.md"
COMMAND = "python -m tools.speed"

EAGER, ONNX = "eager PyTorch", "ONNX Runtime"
ENGINES = (EAGER, ONNX, "OpenVINO fp32", "OpenVINO bf16")

SPINNING = {"GOMP_SPINCOUNT": "300000", "KMP_BLOCKTIME": "200"}
"""How threads of torch wait where nobody asks: GNU's and Intel's own defaults."""

BESIDE = {
    "eager PyTorch, threads that spin": (PYTORCH, SPINNING),
    "eager PyTorch, threads that sleep": (PYTORCH, {}),
    "OpenVINO": (OPENVINO, {}),
}

WORK = """
import sys, time
import numpy as np
from detector.pipeline import load_detector
name, engine, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
detector = load_detector(name, engine)
face = np.random.default_rng(0).random((1, 3, detector.input.size, detector.input.size), dtype=np.float32)
for _ in range(3):
    detector.engine.logits(face)
print("ready", flush=True)
sys.stdin.readline()
faces, ends = 0, time.perf_counter() + seconds
while time.perf_counter() < ends:
    detector.engine.logits(face)
    faces += 1
print(faces / seconds)
"""

Run = Callable[[Floats], object]


def main() -> None:
    """Measure and write the page."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument(
        "--rounds", type=int, default=30, help="faces by each detector on each engine (30)"
    )
    arguments.add_argument(
        "--seconds", type=float, default=4, help="how long processes run beside others (4)"
    )
    args = arguments.parse_args()
    torch.set_num_threads(threads())
    faces = {name: face_ms(name, args.rounds) for name in read_manifest(find_weights())}
    beside = {words: beside_another(*how, args.seconds) for words, how in BESIDE.items()}
    page = [HEAD.format(cpu=cpu(), threads=threads(), rounds=args.rounds, load=os.getloadavg()[0])]
    page += [face_table(faces), rounding_table(), beside_table(beside), start_table()]
    PAGE.write_text("\n".join(page), encoding="utf-8")
    print(PAGE.relative_to(ROOT))


HEAD = f"""# Speed

<!-- Written by {COMMAND}. -->

{{cpu}}; {{threads}} threads; medians of {{rounds}} rounds in which each engine had its turn; load of the
machine at the end {{load:.1f}} (over the number of cores others were running: milliseconds are too high then,
ratios hold).
"""


def face_ms(name: str, rounds: int) -> dict[str, float]:
    """Median milliseconds of one face of a detector by engine."""
    entry = read_manifest(find_weights())[name]
    size = entry.input.size
    runs = engines_of(load_network(name, entry, find_weights()).eval(), size)
    rng = np.random.default_rng(0)
    face = rng.random((1, 3, size, size), dtype=np.float32)
    taken: dict[str, list[float]] = {engine: [] for engine in runs}
    for number in range(rounds + 2):
        for engine in rng.permutation(list(runs)):
            began = time.perf_counter()
            runs[engine](face)
            if number >= 2:  # those before warm up
                taken[engine].append(1000 * (time.perf_counter() - began))
    return {engine: statistics.median(ms) for engine, ms in taken.items()}


def engines_of(network: torch.nn.Module, size: int) -> dict[str, Run]:
    """What runs one face, by name; PyTorch as a script that loads weights runs it, without our layout."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads()
    # else its threads go on spinning into the turn of the next engine, and take a core from it
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    with TemporaryDirectory() as folder:
        export_onnx(network, size, Path(folder) / "network.onnx")
        session = onnxruntime.InferenceSession(Path(folder) / "network.onnx", options)
    fp32, bf16 = (make_engine(name, network, size=size) for name in (OPENVINO, OPENVINO_BF16))

    def eager(face: Floats) -> object:
        with torch.inference_mode():
            return network(torch.from_numpy(face))

    runs: tuple[Run, ...] = (
        eager,
        lambda face: session.run([LOGITS], {IMAGES: face}),
        fp32.logits,
        bf16.logits,
    )
    return dict(zip(ENGINES, runs, strict=True))


def face_table(faces: Mapping[str, Mapping[str, float]]) -> str:
    """One face: milliseconds, and how many times faster than eager PyTorch."""
    lines = ["## One face, crop to logit (ms; times faster than eager PyTorch)\n"]
    lines += ["| detector | " + " | ".join(ENGINES) + " |", "|---" * (len(ENGINES) + 1) + "|"]
    for name, ms in faces.items():
        cells = (f"{ms[engine]:.1f} ({ms[EAGER] / ms[engine]:.1f})" for engine in ENGINES)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    means = (geometric_mean([ms[EAGER] / ms[engine] for ms in faces.values()]) for engine in ENGINES)
    lines.append(f"| geometric mean | {' | '.join(f'({mean:.2f})' for mean in means)} |")
    return "\n".join(lines) + "\n"


def geometric_mean(values: Sequence[float]) -> float:
    """Of positive values."""
    return math.exp(statistics.fmean(map(math.log, values)))


def rounding_table() -> str:
    """What bf16 costs each detector, as tools/precision.py measured it."""
    lines = [
        "## What bf16 costs, on faces of other data sets\n",
        f"`UNBLEND_ENGINE=openvino-bf16` is taken where AUC falls by less than {MOST_AUC_LOST}"
        " (`python -m tools.precision`).\n",
        "| detector | faces | AUC in PyTorch | AUC in bf16 | p_fake moves at most | other words | offered |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, offer in read_offers(find_weights()).get(OPENVINO_BF16, {}).items():
        offered = "yes" if offer.lost < MOST_AUC_LOST else "no"
        lines.append(
            f"| {name} | {offer.faces:,} | {offer.auc_pytorch:.4f} | {offer.auc:.4f} |"
            f" {offer.p_fake_moves:.4f} | {offer.words_change} | {offered} |"
        )
    return "\n".join(lines) + "\n"


def beside_another(engine: str, variables: Mapping[str, str], seconds: float) -> tuple[float, float]:
    """Faces a second of a process alone, and of one of two beside each other, each with all threads."""
    (alone,) = rates(1, engine, variables, seconds)
    return alone, min(rates(2, engine, variables, seconds))


def rates(processes: int, engine: str, variables: Mapping[str, str], seconds: float) -> list[float]:
    """Faces a second of each of several processes that begin together."""
    name = read_manifest(find_weights()).default or ""
    words = [sys.executable, "-c", WORK, name, engine, str(seconds)]
    environment = {**os.environ, **variables}
    pipe = subprocess.PIPE
    running = [
        subprocess.Popen(words, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True)
        for _ in range(processes)
    ]
    for process in running:
        assert process.stdout is not None
        process.stdout.readline()
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return [float(process.communicate()[0]) for process in running]


def beside_table(beside: Mapping[str, tuple[float, float]]) -> str:
    """What a second busy process leaves of the speed."""
    lines = [
        "## Two busy processes beside each other (the default detector, faces a second of one)\n",
        "| | alone | beside another of its kind | of its speed alone |\n|---|---|---|---|",
    ]
    lines += [
        f"| {words} | {alone:.1f} | {both:.1f} | {both / alone:.0%} |"
        for words, (alone, both) in beside.items()
    ]
    return "\n".join(lines) + "\n"


def start_table() -> str:
    """What a start costs."""
    bare, imported = median_s(["-c", "pass"]), median_s(["-c", "import detector"])
    helped = median_s(["-m", "detector", "--help"])
    ready, memory = page_start()
    return "\n".join(
        [
            "## Start\n",
            "| | |\n|---|---|",
            f"| `import detector` (more than Python alone) | {imported - bare:.2f} s |",
            f"| `unblend --help` | {helped:.2f} s |",
            f"| page: start of the process to its first screen | {ready:.1f} s |",
            f"| page: memory at rest, every detector loaded | {memory.resident_mb:.0f} MB |",
            f"| of it its own, not pages of files that can be dropped | {memory.own_mb:.0f} MB |",
            "",
        ]
    )


def median_s(words: Sequence[str], runs: int = 7) -> float:
    """Median seconds of a Python with these arguments, after one run that warms up."""
    taken = []
    for _ in range(runs + 1):
        began = time.perf_counter()
        subprocess.run([sys.executable, *words], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken[1:])


@dataclass(frozen=True)
class Memory:
    """Of a process."""

    resident_mb: float
    own_mb: float


def page_start() -> tuple[float, Memory]:
    """Seconds until the page answers, and the memory that it holds once nothing more is loaded."""
    port, began = free_port(), time.perf_counter()
    environment = {**os.environ, "UNBLEND_PORT": str(port)}
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        [sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=quiet, stderr=quiet
    ) as app:
        try:
            while not answers(port):
                time.sleep(0.05)
            ready = time.perf_counter() - began
            return ready, at_rest(app.pid)
        finally:
            app.terminate()


def at_rest(process: int) -> Memory:
    """The memory of a process once it has done nothing for two seconds (Linux)."""
    before = -1.0
    while (used := cpu_s(process)) - before > 0.1:
        before = used
        time.sleep(2)
    with open(f"/proc/{process}/status", encoding="ascii") as told:
        lines = dict(line.split(":", 1) for line in told)
    resident, own = (int(lines[key].split()[0]) / 1024 for key in ("VmRSS", "RssAnon"))
    return Memory(resident, own)


def cpu_s(process: int) -> float:
    """Seconds of processor time that a process has used (Linux)."""
    with open(f"/proc/{process}/stat", encoding="ascii") as told:
        fields = told.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
