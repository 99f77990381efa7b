"""What published systems claim of themselves, beside what was measured and counted here, into HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from detector.ui import claims_texts as words
from detector.ui import texts
from detector.zoo.claims import Claims
from detector.zoo.sizes import Sizes
from detector.zoo.specs import DetectorSpec


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
class Claimant:
    """A published detector with what it claims, and what was found here."""

    spec: DetectorSpec
    ours: Ours


def claims_html(claimants: Sequence[Claimant]) -> str:
    """A card for every detector of which something is published, under the heading of its system."""
    published = [one for one in claimants if one.spec.claims != Claims()]
    parts = []
    for system, members in groupby(published, key=lambda one: one.spec.system):
        of_system = list(members)
        source = f"{words.SOURCE} {_source(of_system[0].spec.paper)}"
        cards = "".join(map(card, of_system))
        parts.append(
            f'<h4>{escape(system)}</h4><p class="hint">{source}</p><div class="claim-cards">{cards}</div>'
        )
    return (
        f'<section class="claims"><h3>{words.TITLE}</h3><p'
        f' class="lead-text">{words.LEAD}</p>{"".join(parts)}</section>'
    )


def card(one: Claimant) -> str:
    """One detector: its figures in two columns, on what the claim stands, and what was found on checking,
    folded.
    """
    spec = one.spec
    state = "" if one.ours.trained else f" · {texts.UNTRAINED}"
    head = f'<header><h5>{escape(spec.title)}</h5><p class="hint">{escape(spec.name)}{state}</p></header>'
    figures = _figures(spec.claims, one.ours)
    if any(claimed for claimed, _ in figures.values()):
        body = f"{_table(figures)}<p><b>{words.STANDS_ON}:</b> {escape(spec.claims.on) or words.NO_DATA}</p>"
    else:
        body = f"<p>{words.NOTHING_CLAIMED}</p>"
    note = (
        f"<details><summary>{words.NOTE}</summary><p>{escape(spec.claims.note)}</p></details>"
        if spec.claims.note
        else ""
    )
    return f'<article class="claim" data-name="{escape(spec.name)}">{head}{body}{note}</article>'


def _table(figures: Mapping[str, tuple[str, str]]) -> str:
    heads = "".join(f'<th scope="col">{word}</th>' for word in (words.WHAT, words.CLAIMED, words.OURS))
    lines = "".join(
        f'<tr><th scope="row">{texts.term(word)}</th><td>{claimed or words.NO_CLAIM}</td><td>{ours}</td></tr>'
        for word, (claimed, ours) in figures.items()
        if claimed or word == "AUC"  # the one figure that says most here, whatever was claimed in its place
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>"


def _figures(claims: Claims, ours: Ours) -> Mapping[str, tuple[str, str]]:
    """Term to what is claimed (empty: nothing) and what is known here, both as HTML."""
    none = words.NONE_GIVEN
    return {
        "AUC": (_share(claims.auc), _auc(ours)),
        "accuracy": (_share(claims.accuracy), none),
        "F1": (_share(claims.f1), none),
        "precision": (_share(claims.precision), none),
        "recall": (_share(claims.recall), none),
        "parameters": (
            "" if claims.params is None else words.PARAMS.format(millions=f"{claims.params / 1e6:g}"),
            words.COUNTING if ours.params is None else words.PARAMS.format(millions=f"{ours.params:.2f}"),
        ),
        "file size": (
            "" if claims.file_mb is None else words.MEGABYTES.format(mb=f"{claims.file_mb:g}"),
            _file(ours),
        ),
        "faces a second": ("" if claims.faces_per_s is None else f"{claims.faces_per_s:g}", _speed(ours)),
    }


def _share(value: float | None) -> str:
    """As many places as were claimed, two at least; never rounded up to a 1 that nobody claimed."""
    if value is None:
        return ""
    whole, places = f"{value:.5f}".rstrip("0").split(".")
    return f"{whole}.{places.ljust(2, '0')}"


def _auc(ours: Ours) -> str:
    if not ours.trained:
        return words.NOT_TRAINED
    in_domain, cross = (
        words.NOT_MEASURED if auc is None else f"{auc:.3f}" for auc in (ours.auc_in_domain, ours.auc_cross)
    )
    return f"{in_domain} {texts.term('in-domain')}<br>{cross} {texts.term('cross-dataset')}"


def _file(ours: Ours) -> str:
    shipped = [] if ours.file_mb is None else [words.SHIPPED.format(mb=f"{ours.file_mb:.1f}")]
    if ours.sizes is None:
        return "<br>".join([*shipped, words.COUNTING])
    counted = {
        "fp32": ours.sizes.fp32,
        "fp16": None if shipped else ours.sizes.fp16,
        "packed": ours.sizes.packed,
    }
    lines = [
        words.COUNTED.format(mb=f"{held / 1e6:,.1f}", precision=words.PRECISIONS[precision])
        for precision, held in counted.items()
        if held is not None
    ]
    return "<br>".join([*shipped, *lines])


def _speed(ours: Ours) -> str:
    if not ours.trained:
        return words.NOT_TRAINED
    if ours.latency_ms is None:
        return words.NOT_TIMED
    return words.SPEED.format(
        number=f"{1000 / ours.latency_ms:.3g}", ms=f"{ours.latency_ms:.0f}", px=ours.input_px
    )


def _source(paper: str) -> str:
    """A link to the paper or repository."""
    if paper.startswith("arXiv:"):
        address = f"https://arxiv.org/abs/{paper.removeprefix('arXiv:')}"
    elif paper.startswith("github.com/"):
        address = f"https://{paper}"
    else:
        return escape(paper)
    return f'<a href="{escape(address)}" target="_blank" rel="noopener">{escape(paper)}</a>'
