"""The words for what a file says of its origin."""

from __future__ import annotations

from detector.provenance.words import ABSENCE, headline, lines
from detector.structures import (
    Credentials,
    CredentialState,
    Generation,
    JpegEncoding,
    Provenance,
    Tables,
    Tag,
)

CAMERA = Tag("EXIF", "Make", "Leica")


def told(provenance: Provenance) -> dict[str, tuple[str, ...]]:
    return {line.subject: line.entries for line in lines(provenance)}


def test_a_bare_file_says_that_absence_is_no_evidence():
    assert headline(Provenance()) == f"The file says nothing of its origin. {ABSENCE}"
    assert told(Provenance()) == {
        "Content credentials (C2PA)": ("None in the file.",),
        "Camera": ("Not named.",),
        "Software": ("Not named.",),
    }


def test_a_camera_is_no_proof():
    provenance = Provenance(camera=(CAMERA,))
    assert headline(provenance).endswith("Anybody can write such entries, or copy them from another file.")
    assert told(provenance)["Camera"] == ("Leica (EXIF Make)",)


def test_a_generators_own_words_head_the_facts():
    tag = Tag("PNG text", "parameters", "Steps: 20")
    provenance = Provenance(camera=(CAMERA,), generation=(Generation("ComfyUI", tag),))
    assert headline(provenance).startswith("The file itself says that a generator made it")
    assert next(iter(told(provenance).items())) == (
        "Generator's parameters",
        ("ComfyUI, in PNG text parameters: Steps: 20",),
    )


def test_source_types_are_told_in_words_and_codes():
    tag = Tag("XMP", "DigitalSourceType", "trainedAlgorithmicMedia")
    assert told(Provenance(source_types=(tag,)))["Kind of source"] == (
        "made by a generator (trainedAlgorithmicMedia) (XMP DigitalSourceType)",
    )
    unknown = Tag("XMP", "DigitalSourceType", "aNewOne")
    assert told(Provenance(source_types=(unknown,)))["Kind of source"][0].startswith("aNewOne")


def test_how_a_jpeg_was_saved_is_one_line():
    jpeg = JpegEncoding(92, Tables.STANDARD, "4:2:0", progressive=True)
    lines_of = told(Provenance(jpeg=jpeg, earlier_quality=70.4))
    assert lines_of["Saved as"][0].startswith("JPEG quality 92; standard tables")
    assert lines_of["Saved as"][0].endswith("colours 4:2:0; progressive.")
    assert "quality about 70" in lines_of["Saved before"][0]
    assert "genuine pictures too" in lines_of["Saved before"][0]


def test_a_place_is_mentioned_and_damage_is_named():
    provenance = Provenance(has_location=True, unread=("EXIF",))
    assert told(provenance)["Place"] == ("The file says where it was taken; that is not shown.",)
    assert told(provenance)["Damaged"] == ("EXIF: could not be read.",)


def test_facebooks_mark_is_told_by_name():
    tag = Tag("IPTC", "SpecialInstructions", "FBMD01000a9e")
    assert told(Provenance(software=(tag,)))["Software"][0].startswith("Passed through Facebook or Instagram")


def test_every_state_of_credentials_has_words():
    for state in CredentialState:
        provenance = Provenance(credentials=Credentials(state, address="https://a.example/b"))
        (words,) = told(provenance)["Content credentials (C2PA)"]
        assert words.endswith(".") and "{" not in words + headline(provenance)
