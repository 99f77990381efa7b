"""The tab About: the manifest and the settings into plain words; every figure is a measured one."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import PurePath

import gradio as gr

from detector.manifest import Entry, mean_auc
from detector.thresholds import ALL_SETS
from detector.ui import about_texts as words
from detector.ui import texts
from detector.ui.backend import Backend
from detector.zoo.specs import SPECS


def about_tab(backend: Backend) -> gr.HTML:
    """Lay the tab out: one text without events of its own."""
    return gr.HTML(about_html(backend), elem_id="about")


def about_html(backend: Backend) -> str:
    """The text, with the figures of what is published now."""
    return page(backend.entries, backend.minutes_kept)


def page(entries: Mapping[str, Entry], minutes_kept: str) -> str:
    """The whole text as HTML."""
    terms = {word.replace(" ", "_"): texts.term(word) for word in ("p_fake", "uncertain band", "heat map")}
    sections = [
        (words.CAN_HEADING, words.CAN),
        (words.READ_HEADING, words.READ.format(**terms)),
        (words.WRONG_HEADING, wrong(entries)),
        (words.TRAINED_HEADING, trained(entries)),
        (words.HOW_HEADING, words.HOW),
        (words.PRIVACY_HEADING, words.PRIVACY.format(minutes=minutes_kept)),
        (words.LICENCES_HEADING, words.LICENCES),
        (words.CITATIONS_HEADING, words.CITATIONS),
    ]
    return (
        '<article class="about">'
        + "".join(f"<h2>{heading}</h2>{body}" for heading, body in sections)
        + "</article>"
    )


def wrong(entries: Mapping[str, Entry]) -> str:
    """How often a committed verdict is wrong, by detector, as measured across datasets."""
    lines = []
    for name, entry in entries.items():
        figure = entry.metrics.committed.get(ALL_SETS)
        title = escape(SPECS[name].title if name in SPECS else name)
        if figure is None:
            said = words.WRONG_UNMEASURED
        elif figure.wrong is None:
            said = words.WRONG_NEVER.format(n=figure.n)
        else:
            said = words.WRONG_MEASURED.format(
                committed=f"{100 * figure.committed:.0f} %",
                wrong=f"{100 * figure.wrong:.0f} %",
                n=f"{figure.n:,}",
            )
        lines.append(f"<li><b>{title}</b>: {said}</li>")
    return f"{words.WRONG_LEAD}<ul>{''.join(lines)}</ul>"


def trained(entries: Mapping[str, Entry]) -> str:
    """What each detector was trained on and its figures."""
    lines = []
    for name, entry in entries.items():
        on = entry.trained_on
        aucs = [mean_auc(figures) for figures in (entry.metrics.test, entry.metrics.cross)]
        inside, across = ("not measured" if auc is None else f"{auc:.3f}" for auc in aucs)
        title = escape(SPECS[name].title if name in SPECS else name)
        cells = (
            f"{on.pictures:,}{escape(_before(on.start, entries))}",
            escape(", ".join(on.sources)),
            inside,
            across,
        )
        lines.append(f"<tr><th scope='row'>{title}</th>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    auc, in_domain, cross = (texts.term(each) for each in ("AUC", "in-domain", "cross-dataset"))
    titles = ("Detector", "Pictures", "Sources", f"{auc}, {in_domain}", f"{auc}, {cross}")
    head = f"<tr>{''.join(f'<th>{title}</th>' for title in titles)}</tr>"
    lead = words.TRAINED_LEAD.format(self_blended=texts.term("self-blended"))
    return f"{lead}<div class='wide'><table>{head}{''.join(lines)}</table></div>"


def _before(start: str | None, entries: Mapping[str, Entry]) -> str:
    """What a shipped detector that training went on from had already seen; nothing where it began from other
    weights.
    """
    name = PurePath(start or "").stem
    if name not in entries:
        return ""
    title = SPECS[name].title if name in SPECS else name
    return words.SEEN_BEFORE.format(title=title, n=f"{entries[name].trained_on.pictures:,}")
