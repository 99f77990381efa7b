"""The words for what a file says of its origin, for card, report and command line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from detector.structures import Credentials, CredentialState, JpegEncoding, Provenance, Tables, Tag

ABSENCE = "Most sites remove such entries when a picture is uploaded: that one is missing is no evidence."
FORGEABLE = "Anybody can write such entries, or copy them from another file."

SOURCE_TYPES = {
    "digitalCapture": "taken by a digital camera",
    "computationalCapture": "taken by a camera that computes its picture from several",
    "negativeFilm": "scanned from a negative",
    "positiveFilm": "scanned from a positive",
    "print": "scanned from paper",
    "humanEdits": "edited by a person",
    "minorHumanEdits": "edited lightly by a person",
    "compositeCapture": "put together from several photographs",
    "composite": "put together from several pictures",
    "compositeSynthetic": "put together with parts that were made, not taken",
    "algorithmicallyEnhanced": "changed by an algorithm",
    "digitalCreation": "drawn by a person with a program",
    "digitalArt": "drawn by a person with a program",
    "dataDrivenMedia": "made from data",
    "trainedAlgorithmicMedia": "made by a generator",
    "compositeWithTrainedAlgorithmicMedia": "put together with parts that a generator made",
    "algorithmicMedia": "computed by an algorithm that was trained on nothing",
    "screenCapture": "a picture of a screen",
    "virtualRecording": "recorded in a virtual place",
}
"""By the codes of IPTC's list (cv.iptc.org/newscodes/digitalsourcetype), in plain words."""

TABLES = {
    Tables.STANDARD: "standard tables, as most programs and many phones write",
    Tables.PHOTOSHOP: "Photoshop's tables",
    Tables.MPEG: "a video program's tables, so it was probably saved from a video",
    Tables.OWN: "tables of a maker's own, as many cameras and some sites have",
}

STATES = {
    CredentialState.ABSENT: "None in the file.",
    CredentialState.NOT_READ: "Not looked for: this format, or this installation, cannot read them.",
    CredentialState.REMOTE: "The file says that they lie at {address}. Nothing is fetched from there.",
    CredentialState.BROKEN: (
        "There are some, and they do not fit: the file was changed after it was signed, or they are"
        " damaged{problems}."
    ),
    CredentialState.UNTRUSTED: (
        "The seal fits the file: it was not changed since it was signed. This program knows nobody who could"
        " vouch for the signer, so the name is only what the signer calls itself."
    ),
}

FACEBOOK = "FBMD"
"""Begins the instructions that Facebook and Instagram write into the pictures they pass on."""


@dataclass(frozen=True)
class Line:
    """One fact for people: what it is about, and the sentences or entries that say it."""

    subject: str
    entries: tuple[str, ...]


def headline(provenance: Provenance) -> str:
    """One sentence: what the file says of its origin, and how much that is worth."""
    if provenance.says_generated:
        return f"The file itself says that a generator made it, or a part of it. {FORGEABLE}"
    if provenance.credentials.state is CredentialState.BROKEN:
        return "The file carries content credentials that do not fit it: it was changed, or they are damaged."
    if provenance.credentials.state is CredentialState.UNTRUSTED:
        return f"The file carries content credentials that fit it. {STATES[CredentialState.UNTRUSTED]}"
    if provenance.camera:
        return f"The file names a camera. {FORGEABLE}"
    if provenance.software or provenance.source_types:
        return f"The file names a program, and no camera. {ABSENCE}"
    return f"The file says nothing of its origin. {ABSENCE}"


def lines(provenance: Provenance) -> list[Line]:
    """Every fact, in the order of its weight; camera, software and credentials are told absent where they
    are.
    """
    generation = [f"{one.tool}, in {_place(one.tag)}: {one.tag.value}" for one in provenance.generation]
    labels = [f"{tag.value} ({_place(tag)})" for tag in provenance.labels]
    sources = [f"{source_in_words(tag.value)} ({_place(tag)})" for tag in provenance.source_types]
    facts = [
        *_line("Generator's parameters", generation),
        *_line("Labelled as generated", labels),
        *_line("Kind of source", sources),
        Line("Content credentials (C2PA)", tuple(credentials_in_words(provenance.credentials))),
        Line("Camera", tuple(map(_entry, provenance.camera)) or ("Not named.",)),
        Line("Software", tuple(map(_software, provenance.software)) or ("Not named.",)),
        *_line("Comment", map(_entry, provenance.comments)),
        *_line("Times", map(_entry, provenance.times)),
        *_line("Place", ["The file says where it was taken; that is not shown."] * provenance.has_location),
        *_line("Saved as", [] if provenance.jpeg is None else [jpeg_in_words(provenance.jpeg)]),
        *_line("Saved before", _earlier(provenance)),
        *_line("Damaged", [f"{block}: could not be read." for block in provenance.unread]),
    ]
    return facts


def credentials_in_words(credentials: Credentials) -> list[str]:
    """What became of reading them, and what they say."""
    problems = f" ({', '.join(credentials.problems)})" if credentials.problems else ""
    state = STATES[credentials.state].format(
        address=credentials.address or "another place", problems=problems
    )
    sources = ", ".join(map(source_in_words, credentials.source_types))
    told = [
        *([f"Signed by: {credentials.signer}"] if credentials.signer else []),
        *([f"Signed at: {credentials.signed_at}"] if credentials.signed_at else []),
        *([f"Made with: {credentials.generator}"] if credentials.generator else []),
        *([f"Steps told: {', '.join(credentials.actions)}"] if credentials.actions else []),
        *([f"Kind of source: {sources}"] if sources else []),
    ]
    return [state, *told]


def source_in_words(code: str) -> str:
    """An IPTC source type in plain words, with its code."""
    return f"{SOURCE_TYPES[code]} ({code})" if code in SOURCE_TYPES else code


def jpeg_in_words(jpeg: JpegEncoding) -> str:
    """How a JPEG was last written."""
    about = "" if jpeg.tables is Tables.STANDARD else "about "
    parts = [f"JPEG quality {about}{jpeg.quality:.0f}", TABLES[jpeg.tables]]
    if jpeg.subsampling:
        parts.append(f"colours {jpeg.subsampling}")
    if jpeg.progressive:
        parts.append("progressive")
    return f"{'; '.join(parts)}."


def _earlier(provenance: Provenance) -> Sequence[str]:
    if provenance.earlier_quality is None:
        return ()
    after = "as this coarser JPEG" if provenance.jpeg else "as a JPEG"
    return (
        f"The pixels still show that the picture was saved before {after}, quality about"
        f" {provenance.earlier_quality:.0f}. Sites and messengers do this to genuine pictures too.",
    )


def _line(subject: str, entries: Iterable[str]) -> list[Line]:
    found = tuple(entries)
    return [Line(subject, found)] if found else []


def _entry(tag: Tag) -> str:
    return f"{tag.value} ({_place(tag)})"


def _software(tag: Tag) -> str:
    if tag.name == "SpecialInstructions" and tag.value.startswith(FACEBOOK):
        return f"Passed through Facebook or Instagram ({_place(tag)} begins with {FACEBOOK})"
    return _entry(tag)


def _place(tag: Tag) -> str:
    return tag.block if tag.block.endswith(tag.name) else f"{tag.block} {tag.name}"
