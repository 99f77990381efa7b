"""The tab Detectors: what each trained detector is good for, ranks right and costs; folded, the rest of the
zoo.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr
from markupsafe import Markup

from detector.manifest import Entry, Manifest
from detector.metrics import mean_auc
from detector.structures import Question
from detector.ui import cards
from detector.ui.chart import Chart, Point, speed_chart
from detector.ui.frame import PRIVATE, Frame
from detector.ui.html import render
from detector.ui.lineage import earlier_of
from detector.zoo.specs import SPECS, DetectorSpec, with_head

if TYPE_CHECKING:
    from detector.zoo.build import Cost

LABEL = "Detectors"

ACT_AND_STAY = "unblend.act(element, trigger); unblend.stay(element, watch)"
"""Buttons act, and the one pressed has the keyboard again when what is around it was drawn anew."""

STATUS = "element.setAttribute('role', 'status')"
"""What is written here is read out."""

LOWEST, HIGHEST = 0.5, 1.0
"""Ends of the bar of an AUC: from a coin toss to perfect."""


@dataclass(frozen=True)
class Ranking:
    """How often a random fake scores over a random genuine picture on data sets that training never met (the
    AUC across them), with its 95 % interval where that was measured; all in 0..1.
    """

    auc: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Timing:
    """Milliseconds a face of the weights with this hash, measured on this machine since it started."""

    weights_sha256: str
    ms: float


@dataclass(frozen=True)
class Earlier:
    """The detector that training went on from, by its short name, and the faces it had been shown."""

    short: str
    samples: int


@dataclass(frozen=True)
class Row:
    """One trained detector; None where nothing was measured. `measured_here` says where `ms` comes from: this
    machine, or the manifest, whose `hardware` it names then. `params` are millions.
    """

    spec: DetectorSpec
    is_default: bool
    ranking: Ranking | None
    ms: float | None
    measured_here: bool
    hardware: str
    file_mb: float
    params: float
    input_px: int
    samples: int
    sources: int
    earlier: Earlier | None


def ranking(entry: Entry, question: Question) -> Ranking | None:
    """What was measured across data sets: Cross-AUC for the question that is asked, else the mean
    AUC within each set; None where nothing was.
    """
    pooled = entry.metrics.cross_auc.get(question)
    if pooled is not None:
        return Ranking(pooled.mean, *(pooled.interval or ()))
    across = entry.metrics.summary.get("cross")
    if across is not None and across.auc is not None:
        return Ranking(across.auc, *(across.interval or ()))
    auc = mean_auc(entry.metrics.cross)
    return None if auc is None else Ranking(auc)


def rows(manifest: Manifest, default: str, timings: Mapping[str, Timing]) -> list[Row]:
    """The trained detectors of the zoo, the default first, then those that rank best; a timing of other
    weights than the published ones is left out.
    """
    found = [
        _row(SPECS[name], entry, name == default, timings.get(name), _earlier(name, manifest))
        for name, entry in manifest.items()
        if name in SPECS
    ]
    return sorted(found, key=lambda row: (not row.is_default, -(row.ranking.auc if row.ranking else 0.0)))


def _earlier(name: str, manifest: Manifest) -> Earlier | None:
    earlier = earlier_of(name, manifest)
    if earlier is None or earlier not in SPECS:
        return None
    return Earlier(SPECS[earlier].short, manifest[earlier].trained_on.samples)


def _row(
    spec: DetectorSpec, entry: Entry, is_default: bool, timing: Timing | None, earlier: Earlier | None
) -> Row:
    here = timing is not None and timing.weights_sha256 == entry.sha256
    published = entry.speed.ms if entry.speed else None
    return Row(
        spec=spec,
        is_default=is_default,
        ranking=ranking(entry, spec.question),
        ms=timing.ms if timing is not None and here else published,
        measured_here=here,
        hardware=entry.speed.hardware if entry.speed and not here else "",
        file_mb=entry.bytes / 1e6,
        params=entry.params / 1e6,
        input_px=entry.input.size,
        samples=entry.trained_on.samples,
        sources=len(entry.trained_on.sources),
        earlier=earlier,
    )


def first_screen(manifest: Manifest, default: str, timings: Mapping[str, Timing]) -> Markup:
    """The trained ones as a table, and the chart of what they rank right against the time they take."""
    detectors = rows(manifest, default, timings)
    return render("detectors", rows=detectors, chart=chart_of(detectors), lowest=LOWEST, highest=HIGHEST)


def chart_of(detectors: list[Row]) -> Chart | None:
    """The chart of those of which both figures are known; None where there are none."""
    return speed_chart(
        [
            Point(row.spec.short, row.ms, row.ranking.auc, row.ranking.low, row.ranking.high)
            for row in detectors
            if row.ms is not None and row.ranking is not None
        ]
    )


def count(entries: Mapping[str, Entry]) -> dict[str, Cost]:
    """What each detector costs, counted on the meta device: some ten seconds for the whole zoo the first
    time.
    """
    from detector.zoo.build import cost

    return {
        name: cost(with_head(spec, entries[name].head if name in entries else ()))
        for name, spec in SPECS.items()
    }


def folded(
    manifest: Manifest, default: str, timings: Mapping[str, Timing], counted: Mapping[str, Cost]
) -> Markup:
    """What a visitor unfolds: untrained architectures, sizes by precision, claims against measurements;
    `counted` are the costs known so far.
    """
    trained = {row.spec.name: row for row in rows(manifest, default, timings)}
    claimants = [
        cards.Claimant(spec, _ours(spec, manifest.get(name), trained.get(name), counted.get(name)))
        for name, spec in SPECS.items()
    ]
    return render(
        "detectors_more",
        untrained=[(spec, counted.get(name)) for name, spec in SPECS.items() if name not in trained],
        sizes=[(spec, counted[name].sizes) for name, spec in SPECS.items() if name in counted],
        claims=cards.claims_html(claimants),
    )


def _ours(spec: DetectorSpec, entry: Entry | None, row: Row | None, counted: Cost | None) -> cards.Ours:
    sizes = counted.sizes if counted else None
    if entry is None or row is None:
        params = counted.params / 1e6 if counted else None
        return cards.Ours(False, spec.input.size, params=params, sizes=sizes)
    across = row.ranking.auc if row.ranking else None
    in_domain = mean_auc(entry.metrics.test)
    return cards.Ours(True, row.input_px, in_domain, across, row.params, row.file_mb, sizes, row.ms)


def timing_words(detector: str | None, place: int, of: int) -> Markup:
    """Which detector is timed, the `place`-th `of` all; None: all were."""
    return render("detectors_timing", detector=detector, place=place, of=of)


def lay_out(frame: Frame, tab: gr.Tab) -> None:
    """The first screen from the manifest at once; what is folded is counted when the tab is first opened."""
    backend = frame.backend
    timings = gr.State({})
    first = gr.HTML(
        first_screen(backend.entries, backend.default(), {}),
        js_on_load=ACT_AND_STAY,
        elem_id="detectors-first",
    )
    status = gr.HTML("", js_on_load=STATUS, elem_id="detectors-status")
    more = gr.HTML(folded(backend.entries, backend.default(), {}, {}), elem_id="detectors-more")

    def show(known: dict[str, Timing]) -> Markup:
        return first_screen(backend.entries, backend.default(), known)

    def count_rest(known: dict[str, Timing]) -> Markup:
        entries = backend.entries
        return folded(entries, backend.default(), known, count(entries))

    def measure(known: dict[str, Timing]) -> Iterator[dict[Any, Any]]:
        entries, names = backend.entries, backend.names()
        for place, name in enumerate(names, 1):
            yield {status: timing_words(SPECS[name].short, place, len(names))}
            known = {**known, name: Timing(entries[name].sha256, backend.latency_ms(name))}
            yield {first: show(known)}
        yield {status: timing_words(None, len(names), len(names)), timings: known}
        yield {more: count_rest(known)}

    quiet: dict[str, Any] = {"show_progress": "hidden", **PRIVATE}
    for event in (tab.select, frame.page.load):
        event(show, [timings], first, **quiet)
    tab.select(count_rest, [timings], more, **quiet)
    first.select(measure, [timings], [first, status, timings, more], trigger_mode="once", **quiet)
