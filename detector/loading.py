"""A detector, assembled: what the zoo and the manifest say of it, its weights, engine and evidence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from detector import evidence
from detector.engines import PYTORCH, Engine, Progress, Source, default_engine, make_engine
from detector.engines.offers import check_offer
from detector.errors import SettingsError, WeightsError
from detector.evidence import Fitted
from detector.manifest import Entry
from detector.structures import DetectorInfo, InputSpec
from detector.weights import (
    check_weights,
    default_name,
    evidence_path,
    find_weights,
    load_network,
    read_manifest,
)
from detector.zoo.specs import LARGEST_MARGIN, SPECS, DetectorSpec, with_head


@dataclass(frozen=True, eq=False)
class Detector:
    """A spec, what training made of it, and the engine that runs it; `input` is the one trained with.
    `fitted` is what its scores are worth as evidence, None where that was not fitted.
    """

    spec: DetectorSpec
    entry: Entry
    input: InputSpec
    engine: Engine
    fitted: Fitted | None = None

    @property
    def info(self) -> DetectorInfo:
        """What an answer says of who judged."""
        return DetectorInfo(
            name=self.spec.name,
            short=self.spec.short,
            title=self.spec.title,
            weights_sha256=self.entry.sha256,
            engine=self.engine.name,
            input=self.input,
            calibration=self.entry.calibration,
            thresholds=self.entry.thresholds,
            seen=self.entry.seen,
            evidence_sha256=self.entry.evidence.sha256 if self.entry.evidence else None,
        )


def load_detector(
    name: str | None = None,
    engine: str | None = None,
    device: str = "cpu",
    weights: Path | None = None,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Detector:
    """The trained detector called `name` (None: the manifest's default) on `engine` (None: the fastest that
    is installed); `weights` is the manifest's folder, None: look.

    What an engine compiles is kept in `cache` (None: this user's folder of caches); `progress` is told of it.
    """
    if name is not None and name not in SPECS:
        raise SettingsError(f"no detector is called {name!r}; there are: {', '.join(SPECS)}")
    folder = find_weights(weights)
    manifest = read_manifest(folder)
    name = name or default_name(manifest)
    if name not in SPECS:
        raise WeightsError(
            f"the default detector {name!r} is not known to this version: fetch weights that fit it"
        )
    if name not in manifest:
        trained = ", ".join(key for key in manifest if key in SPECS) or "none yet"
        raise WeightsError(f"{name} is not trained, so it cannot judge; trained are: {trained}")
    return assemble_detector(name, manifest[name], folder, engine, device, cache, progress)


def assemble_detector(
    name: str,
    entry: Entry,
    folder: Path,
    engine: str | None,
    device: str,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Detector:
    """The detector `name` of the zoo as its manifest entry says, with its weights from `folder`, on `engine`.
    Raises WeightsError where they are missing, altered or of another network.
    """
    spec = with_head(SPECS[name], entry.head)
    if entry.input.margin > LARGEST_MARGIN:
        raise WeightsError(
            f"{name}: margin {entry.input.margin} is over {LARGEST_MARGIN}, more than a face carries: publish"
            " it again"
        )
    trained_input = InputSpec(
        size=entry.input.size, margin=entry.input.margin, mean=spec.input.mean, std=spec.input.std
    )
    source = Source(
        load=lambda: load_network(name, entry, folder).eval(),
        title=name,
        content=(entry.sha256, repr(entry.head)),
    )
    chosen = _engine_for(spec, device) if engine is None else engine
    if chosen != PYTORCH:  # which checks them when it loads them
        check_weights(entry, folder)
        check_offer(chosen, name, entry.sha256, folder)
    return Detector(
        spec=spec,
        entry=entry,
        input=trained_input,
        engine=make_engine(chosen, source, device, trained_input.size, cache, progress),
        fitted=load_evidence(spec, entry, folder),
    )


def _engine_for(spec: DetectorSpec, device: str) -> str:
    """The fastest engine whose logits are those of PyTorch; signs of binary networks flip in any other."""
    return PYTORCH if spec.family == "bnext" else default_engine(device)


def load_evidence(spec: DetectorSpec, entry: Entry, folder: Path) -> Fitted | None:
    """What the scores of a detector are worth, from `folder`; None where it was not fitted. Raises
    WeightsError where the file is missing, altered or of another detector.
    """
    path = evidence_path(entry, folder)
    if path is None:
        return None
    fitted = evidence.read(path)
    asked = (spec.name, entry.sha256, spec.question)
    if (fitted.detector, fitted.weights, fitted.question) != asked:
        raise WeightsError(
            f"{path.name} was fitted for {fitted.detector} {fitted.weights[:12]} ({fitted.question}), not for"
            f" {asked[0]} {asked[1][:12]} ({asked[2]}): publish --refit it"
        )
    return fitted
