"""A manifest entry to the model card that lies beside the weights."""

from __future__ import annotations

from pathlib import Path

from detector.evaluate.metrics import Estimate
from detector.evaluate.report.markdown import cuts_table, fits_table, grid, in_words, number
from detector.manifest import Entry, Figure, Summary
from detector.reasons import range_in_words
from detector.train.recipe import Recipe
from detector.zoo.specs import DetectorSpec

TERMS = """The code is under the MIT licence. The weights were trained on pictures whose terms are research-only or unstated (Deepfake
Detection Challenge, FFHQ-derived portraits, UTKFace, All-Age-Faces, generated portraits), and the band was fitted on pictures of
FaceForensics++ (research, no commerce) and of public repositories. Take the weights for teaching and research; before any other use, ask
a lawyer which of these terms reach weights where you live."""

PROTOCOLS = {
    "test": ("in-domain (test)", "pictures of the training's sources, of groups not trained on"),
    "cross": ("across datasets (cross)", "sets never trained or calibrated on"),
    "videos": ("development videos", "clips from elsewhere, 32 frames each"),
}
"""What a part of the development data is called, and what a figure on it stands for."""

SUMMARY_NOTE = (
    "95 % intervals: of AUC by bootstrap over groups (people, videos), of the share wrong by Wilson's rule"
    " with as many trials as groups. Shares of verdicts weigh classes and sources alike."
)

LIMITS = """- It judges faces. Pictures generated whole, without a face, and sound are not judged at all.
- It was trained on few kinds of forgery. On kinds it has not seen it is often wrong; the figures across datasets above show how often.
- `uncertain` is an answer: outside the uncertain band nine in ten verdicts were right on the development sets, no more is known.
- Noise over a picture lowers its probability, genuine or fake, and can hide a fake (`docs/results.md`, Robustness).
- How often it takes genuine faces of each age, skin tone and gender for fakes is measured on a few hundred of UTKFace alone
  (`docs/results.md`); some groups are too few for a rate, and its training faces are not spread evenly.
- A verdict is a reason to look closer, never a proof, and no basis for a decision about a person by itself."""


def write_card(path: Path, spec: DetectorSpec, entry: Entry, recipe: Recipe) -> None:
    """Write the card of one detector as Markdown."""
    path.write_text(card(spec, entry, recipe), encoding="utf-8")


def card(spec: DetectorSpec, entry: Entry, recipe: Recipe) -> str:
    """The card: what it is, what it was trained on, its figures in-domain and across datasets side by side,
    limits and terms.
    """
    trained = entry.trained_on
    facts = [
        f"# {spec.name}",
        f"{spec.title} ({spec.paper}). {spec.good_for}",
        (
            f"- input: {entry.input.size} px, margin {entry.input.margin:g} of the box's longer side;"
            f" {entry.params:,} parameters, {entry.gmacs:g} GMAC a face; {entry.bytes / 1e6:.1f} MB"
            f" ({entry.precision})"
        ),
        (
            f"- trained: {trained.pictures:,} pictures in {trained.steps:,} steps, {trained.hours:g} h on"
            f" {trained.hardware}; recipe `detector/train/recipes/{trained.recipe}`; began from"
            f" {_began(trained.start)}"
        ),
        (
            f"- sources: {', '.join(trained.sources)}; {recipe.synthesis.share:.0%} of the pairs are a real"
            " picture and a blend made of it"
        ),
        f"- why so: {recipe.why}",
        (
            f"- calibration: p_fake = sigmoid({entry.calibration.a:.3f} z {entry.calibration.b:+.3f}),"
            f" {entry.calibration.fitted_on}"
        ),
        (
            f"- thresholds: t {entry.thresholds.t:.3f}; likely real under {entry.thresholds.lo:.3f}, likely"
            f" fake over {entry.thresholds.hi:.3f} ({entry.thresholds.fitted_on}){_never(entry)}"
        ),
    ]
    if entry.seen:
        facts.append(
            f"- seen by the calibration: {range_in_words(entry.seen)}. Of a face outside, an answer says that"
            " it is an extrapolation"
        )
    parts = [
        facts[0],
        facts[1],
        "\n".join(facts[2:]),
        "## Figures",
        summary_table(entry),
        _table(entry),
        _committed(entry),
    ]
    parts += ["## Calibration", fits_table(entry.metrics.fits)] if entry.metrics.fits else []
    parts += ["## Thresholds", cuts_table(entry.metrics.cuts)] if entry.metrics.cuts else []
    return (
        "\n\n".join([*(part for part in parts if part), "## What it cannot do", LIMITS, "## Terms", TERMS])
        + "\n"
    )


def _began(start: str | None) -> str:
    return f"{start}, whose own training is not counted here" if start else "random weights"


def summary_table(entry: Entry) -> str:
    """In-domain, across datasets and videos side by side; empty where it was not measured."""
    known = {name: entry.metrics.summary[name] for name in PROTOCOLS if name in entry.metrics.summary}
    if not known:
        return ""
    head = ["", *(PROTOCOLS[name][0] for name in known)]
    rows = [
        ["protocol", *(PROTOCOLS[name][1] for name in known)],
        ["judged", *(f"{one.files:,} of {one.groups:,} groups" for one in known.values())],
        [
            "AUC, mean over sources or sets",
            *(_interval(one.auc, one.interval, ".3f") for one in known.values()),
        ],
        ["calibration error (ECE)", *(number(entry.metrics.ece.get(name)) for name in known)],
        [
            "verdicts other than `uncertain`",
            *(f"{one.committed:.1%} ({one.sure:,} files)" for one in known.values()),
        ],
        ["of these wrong", *(_wrong(one) for one in known.values())],
        ["judged by", *(one.band for one in known.values())],
    ]
    return f"{grid(head, rows)}\n\n{SUMMARY_NOTE}"


def _wrong(one: Summary) -> str:
    return "none to be wrong" if one.wrong is None else _interval(one.wrong, one.wrong_interval, ".1%")


def _interval(value: float | None, bounds: tuple[float, ...] | None, form: str) -> str:
    return in_words(None if value is None else Estimate(value, *(bounds or (None, None))), form)


def _never(entry: Entry) -> str:
    """What the card must say of a side of the band that never commits itself."""
    sides = [
        word
        for word, never in (
            ("likely real", entry.thresholds.lo <= 0),
            ("likely fake", entry.thresholds.hi >= 1),
        )
        if never
    ]
    return f"; it never says {' nor '.join(sides)}: no cut was right nine times in ten" if sides else ""


def _table(entry: Entry) -> str:
    rows = [
        "| data | in-domain (test) or across | pictures | AUC | 95 % interval | false positives at t |",
        "|---|---|---|---|---|---|",
    ]
    for where, figures in (("in-domain", entry.metrics.test), ("across", entry.metrics.cross)):
        rows += [f"| {name} | {where} | {_cells(figure)} |" for name, figure in figures.items()]
    how = "Picture level, through the whole pipeline; intervals by bootstrap over groups (people, videos)."
    return (
        "\n".join(rows)
        + f"\n\n{how} Recipes were changed by what the sets across showed, so even their figures flatter."
    )


def _cells(figure: Figure) -> str:
    bounds = f"{figure.interval[0]:.3f} to {figure.interval[1]:.3f}" if figure.interval else "-"
    cells = (f"{figure.n:,}", number(figure.auc), bounds, number(figure.false_positives))
    return " | ".join(cells)


def _committed(entry: Entry) -> str:
    lines = [
        f"- {name}: commits itself on {figure.committed:.0%} of {figure.n:,} pictures; "
        + (
            f"{figure.wrong:.0%} of those verdicts are wrong"
            if figure.wrong is not None
            else "no verdict to be wrong"
        )
        for name, figure in entry.metrics.committed.items()
    ]
    return "\n".join(
        [
            (
                "Verdicts other than `uncertain` on data from elsewhere, the band fitted without the judged"
                " source:"
            ),
            "",
            *lines,
        ]
    )
