"""What trained detectors were measured to be worth, in-domain and elsewhere side by side, into HTML."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from detector.manifest import Entry, Summary
from detector.ui import texts
from detector.ui import worth_texts as words
from detector.zoo.specs import SPECS


def worth_html(entries: Mapping[str, Entry]) -> str:
    """A card for every trained detector of the zoo, in its order."""
    cards = "".join(card(name, entries[name]) for name in SPECS if name in entries)
    lead = f'<h3>{words.TITLE}</h3><p class="hint">{texts.explained(words.LEAD)}</p>'
    return f'<section class="worth">{lead}<div class="worth-cards">{cards}</div></section>'


def card(name: str, entry: Entry) -> str:
    """One detector: a column for each kind of material."""
    spec = SPECS[name]
    head = f'<header><h5>{escape(spec.title)}</h5><p class="hint">{escape(name)}</p></header>'
    known = {kind: entry.metrics.summary[kind] for kind in words.HEADS if kind in entry.metrics.summary}
    if not known:
        return (
            "<article"
            f' data-name="{escape(name)}">{head}<p>{words.NOT_MEASURED.format(title=escape(spec.title))}</p></article>'
        )
    errors = entry.metrics.ece
    lines = {
        words.PROTOCOL: [words.PROTOCOLS[kind] for kind in known],
        words.AMOUNT: [
            words.AMOUNTS[kind].format(files=f"{one.files:,}", groups=f"{one.groups:,}")
            for kind, one in known.items()
        ],
        texts.term("AUC"): [_with_range(one.auc, one.interval, "{:.2f}") for one in known.values()],
        words.SURE: [
            words.SURE_SHARE.format(share=_share(one.committed), sure=f"{one.sure:,}")
            for one in known.values()
        ],
        words.WRONG: [_wrong(one) for one in known.values()],
        texts.term("calibration error", words.ERROR): [
            f"{errors[kind]:.3f}" if kind in errors else words.NONE for kind in known
        ],
    }
    heads = "".join(f'<th scope="col">{_head(*words.HEADS[kind])}</th>' for kind in known)
    body = "".join(
        f'<tr><th scope="row">{title}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
        for title, cells in lines.items()
    )
    table = f"<table><thead><tr><td></td>{heads}</tr></thead><tbody>{body}</tbody></table>"
    return f'<article data-name="{escape(name)}">{head}{table}</article>'


def _head(term: str, shown: str) -> str:
    return texts.term(term, shown) if term else shown


def _wrong(one: Summary) -> str:
    if one.wrong is None:
        return words.NONE_WRONG
    bounds = None if one.wrong_interval is None else tuple(100 * bound for bound in one.wrong_interval)
    return f"<strong>{_share(one.wrong)}</strong>{_range(bounds, '{:.0f}', ' %')}"


def _with_range(value: float | None, bounds: tuple[float, ...] | None, form: str) -> str:
    return words.NONE if value is None else f"<strong>{form.format(value)}</strong>{_range(bounds, form)}"


def _range(bounds: tuple[float, ...] | None, form: str, unit: str = "") -> str:
    return "" if bounds is None else f" ({form.format(bounds[0])} to {form.format(bounds[1])}{unit})"


def _share(share: float) -> str:
    """A percentage that does not read 0 where there is something."""
    return "under 1 %" if 0 < share < 0.01 else f"{100 * share:.0f} %"
