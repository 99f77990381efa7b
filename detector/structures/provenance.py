"""What a file says of its own origin: facts beside the evidence, never part of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class Tag:
    """One entry of a file's metadata: the `block` it stands in (EXIF, XMP, PNG text, container ...), its
    `name` there, and its `value`, cut to a few hundred characters. Anybody can write it.
    """

    block: str
    name: str
    value: str


@dataclass(frozen=True)
class Generation:
    """Parameters that a generator left in a file: the `tool` that writes such, and where they stand."""

    tool: str
    tag: Tag


class Tables(StrEnum):
    """Whose JPEG quantisation tables a file has."""

    STANDARD = "standard"  # ITU-T T.81 annex K scaled as libjpeg does: most programs, and many cameras
    PHOTOSHOP = "photoshop"  # Photoshop's, as Pillow's presets give them
    MPEG = "mpeg"  # of MPEG-1, scaled as FFmpeg does: a picture saved from a video
    OWN = "own"  # none of these: many cameras and phones, some sites


@dataclass(frozen=True)
class JpegEncoding:
    """How a JPEG was last written. `quality`, 1..100 as libjpeg counts, is that of the standard tables
    nearest to the file's; `subsampling` of the colours as `4:2:0`, None where it is none of the usual.
    """

    quality: float
    tables: Tables
    subsampling: str | None
    progressive: bool


class CredentialState(StrEnum):
    """What became of reading C2PA content credentials."""

    ABSENT = "absent"
    NOT_READ = "not_read"  # the package that reads them is not installed, or not for this format
    REMOTE = "remote"  # they lie elsewhere, and nothing is fetched
    BROKEN = "broken"  # there are some, and they do not fit the file or its own signature
    UNTRUSTED = "untrusted"  # they fit, and nobody vouches here for who signed


@dataclass(frozen=True)
class Credentials:
    """C2PA content credentials: who `signer` says to be, the `generator` (program or camera) that claims,
    `signed_at` as the file writes it, the `actions` it tells, the IPTC `source_types` among them, and the
    codes of what does not fit (`problems`). `address` is where remote ones lie.
    """

    state: CredentialState
    signer: str | None = None
    generator: str | None = None
    signed_at: str | None = None
    actions: tuple[str, ...] = ()
    source_types: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    address: str | None = None


@dataclass(frozen=True)
class Provenance:
    """What a file says of its origin, and how it was last saved. That an entry is missing says nothing: most
    sites remove them all.

    `source_types` are IPTC codes such as `trainedAlgorithmicMedia`. `labels` say in other words that the
    file was generated (China's AIGC label, a credit line of a generator's maker). `earlier_quality` is that
    of an earlier, coarser JPEG whose steps the pixels still show, None where they show none. Where the file
    was taken is not kept, only that it says so (`has_location`). `unread` names blocks that are damaged.
    """

    camera: tuple[Tag, ...] = ()
    software: tuple[Tag, ...] = ()
    comments: tuple[Tag, ...] = ()
    times: tuple[Tag, ...] = ()
    source_types: tuple[Tag, ...] = ()
    generation: tuple[Generation, ...] = ()
    labels: tuple[Tag, ...] = ()
    has_location: bool = False
    jpeg: JpegEncoding | None = None
    earlier_quality: float | None = None
    credentials: Credentials = Credentials(CredentialState.ABSENT)
    unread: tuple[str, ...] = ()

    @property
    def says_generated(self) -> bool:
        """Whether the file itself says that a generator made it, or a part of it."""
        types = {tag.value for tag in self.source_types} | set(self.credentials.source_types)
        return bool(self.generation or self.labels or types & GENERATED_TYPES)


GENERATED_TYPES = frozenset({"trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia"})
"""IPTC codes (cv.iptc.org/newscodes/digitalsourcetype) of what a trained model made, whole or in part."""
