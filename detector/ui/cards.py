"""Claims of published systems as cards, beside what was measured here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from detector.ui.html import render
from detector.zoo.build import Sizes
from detector.zoo.claims import Claims
from detector.zoo.specs import DetectorSpec

NOT_TRAINED = "not trained"


@dataclass(frozen=True)
class Ours:
    """What is known here of a detector; None where it was not measured, or not counted yet. `params` in
    millions, `file_mb` ships.
    """

    trained: bool
    input_px: int
    auc_in_domain: float | None = None
    auc_cross: float | None = None
    params: float | None = None
    file_mb: float | None = None
    sizes: Sizes | None = None
    latency_ms: float | None = None


@dataclass(frozen=True)
class Said:
    """What is known here of a figure, with the word of the trade that explains it, where there is one."""

    words: str
    term: str = ""


@dataclass(frozen=True)
class Line:
    """A figure by its word of the trade: what is claimed of it (empty: nothing), and what is known here."""

    term: str
    claimed: str
    ours: tuple[Said, ...]


@dataclass(frozen=True)
class Claimant:
    """A published detector with what it claims, and what was found here."""

    spec: DetectorSpec
    ours: Ours

    @property
    def address(self) -> str | None:
        """Where it is described, as a link; None: nowhere that has an address."""
        paper = self.spec.paper
        if paper.startswith("arXiv:"):
            return f"https://arxiv.org/abs/{paper.removeprefix('arXiv:')}"
        return f"https://{paper}" if paper.startswith("github.com/") else None

    @property
    def lines(self) -> list[Line]:
        """The figures of which something is claimed, and AUC, which says most here; none where nothing is."""
        lines = _figures(self.spec.claims, self.ours)
        if not any(line.claimed for line in lines):
            return []
        return [line for line in lines if line.claimed or line.term == "AUC"]


def claims_html(claimants: Sequence[Claimant]) -> Markup:
    """A card for every detector of which something is published, under the heading of its system."""
    published = [claimant for claimant in claimants if claimant.spec.claims != Claims()]
    systems = groupby(published, key=lambda claimant: claimant.spec.system)
    return render("claims", systems=[(system, list(claimants)) for system, claimants in systems])


def _figures(claims: Claims, ours: Ours) -> list[Line]:
    """All figures, those of which nothing is claimed too."""
    not_given = (Said("not given"),)
    counted = "being counted" if ours.params is None else f"{ours.params:.2f} million"
    params = "" if claims.params is None else f"{claims.params / 1e6:g} million"
    file = "" if claims.file_mb is None else f"{claims.file_mb:g} MB"
    speed = "" if claims.faces_per_s is None else f"{claims.faces_per_s:g}"
    return [
        Line("AUC", _share(claims.auc), _auc(ours)),
        Line("accuracy", _share(claims.accuracy), not_given),
        Line("F1", _share(claims.f1), not_given),
        Line("precision", _share(claims.precision), not_given),
        Line("recall", _share(claims.recall), not_given),
        Line("parameters", params, (Said(counted),)),
        Line("file size", file, _file(ours)),
        Line("faces a second", speed, (Said(_speed(ours)),)),
    ]


def _share(value: float | None) -> str:
    """As many places as were claimed, two at least; never rounded up to a 1 that nobody claimed."""
    if value is None:
        return ""
    whole, places = f"{value:.5f}".rstrip("0").split(".")
    return f"{whole}.{places.ljust(2, '0')}"


def _auc(ours: Ours) -> tuple[Said, ...]:
    if not ours.trained:
        return (Said(NOT_TRAINED),)
    measured = {"in-domain": ours.auc_in_domain, "cross-dataset": ours.auc_cross}
    return tuple(
        Said("not measured yet" if auc is None else f"{auc:.3f}", where) for where, auc in measured.items()
    )


def _file(ours: Ours) -> tuple[Said, ...]:
    """The file that ships, and how large it would be at other precisions."""
    shipped = () if ours.file_mb is None else (Said(f"{ours.file_mb:.1f} MB, the file here"),)
    if ours.sizes is None:
        return (*shipped, Said("being counted"))
    counted = {
        "32 bits": ours.sizes.fp32,
        "16 bits": None if shipped else ours.sizes.fp16,
        "1 bit, packed": ours.sizes.packed,
    }
    others = [
        Said(f"{held / 1e6:,.1f} MB at {precision}")
        for precision, held in counted.items()
        if held is not None
    ]
    return (*shipped, *others)


def _speed(ours: Ours) -> str:
    if not ours.trained:
        return NOT_TRAINED
    if ours.latency_ms is None:
        return "not timed"
    return f"{1000 / ours.latency_ms:.3g} ({ours.latency_ms:.0f} ms a face of {ours.input_px} px)"
