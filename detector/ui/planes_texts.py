"""The words around the pictures of what the networks are given."""

from __future__ import annotations

from dataclasses import dataclass

from detector.ui.html import term


@dataclass(frozen=True)
class Words:
    """What is said of one picture: its title, the ends of its scale, a plain sentence, and which detectors
    are given it; HTML.
    """

    title: str
    sentence: str
    given: str


TITLE = "What the networks see"
LEAD = (
    "The same face in four ways, by the very code that the networks begin with. The scales are the same for"
    " every face. None of these pictures is a verdict: a network weighs far more than an eye finds in them."
)
TAKEN = "<strong>{title}</strong>, which judged this face, was given {planes}."
GIVEN_MARK = "given here"

PLANES = {
    "colours": Words(
        title="Colours",
        sentence="The face as the detector cuts it out, in red, green and blue.",
        given="Given to every detector.",
    ),
    "frequencies": Words(
        title="Frequencies",
        sentence=(
            f"Its {term('Fourier plane')}: broad shapes in the middle, fine detail towards the rim. Enlarging"
            " and saving leave dots and lines here, in real photos too."
        ),
        given=(
            "Given to the binary networks (BNext). EfficientNet-B4 with scales, frequencies and edges gets "
            f"{term('window spectra')} instead."
        ),
    ),
    "texture": Words(
        title="Texture",
        sentence=(
            f"Its {term('local binary pattern')}: for each pixel, how many of three neighbours are at least"
            " as bright. Even skin and hair have patterns of their own."
        ),
        given="Given to the binary networks (BNext).",
    ),
    "edges": Words(
        title="Edges",
        sentence=(
            f"Its {term('Sobel slope')}: how steeply brightness changes. Outlines are bright, even skin is"
            " nearly black."
        ),
        given="Given to EfficientNet-B4 with scales, frequencies and edges.",
    ),
}

NAMES = {
    "colours": "the colours",
    "frequencies": "the frequencies",
    "texture": "the texture",
    "edges": "the edges",
    "windows": "the spectra of small windows",
}
ONLY = "the colours and nothing else"
