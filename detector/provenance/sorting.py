"""Tags sorted by what they speak of: camera, software, time, source, a generator's parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from detector.structures import Generation, Tag

MOST_CHARACTERS = 300
MOST_OF_A_KIND = 12

CAMERA = frozenset(
    {
        *("make", "model", "lensmodel"),
        *("com.apple.quicktime.make", "com.apple.quicktime.model", "com.android.manufacturer"),
        "com.android.model",
    }
)
SOFTWARE = frozenset(
    {
        *("software", "creatortool", "softwareagent", "specialinstructions"),
        *("originatingprogram", "encoder", "encoded_by", "com.apple.quicktime.software"),
        "com.android.version",
    }
)
COMMENTS = frozenset({"comment", "imagedescription", "description", "usercomment"})
TIMES = frozenset(
    {
        *("datetime", "datetimeoriginal", "datetimedigitized", "createdate", "modifydate", "datecreated"),
        *("creation time", "creation_time", "date", "com.apple.quicktime.creationdate"),
    }
)
"""Names of entries in small letters, whatever block they stand in."""

CREDIT = re.compile(
    r"\b(?:made|created|generated|edited) with .{0,30}\bAI\b|\bAI[- ]generated\b", re.IGNORECASE
)
"""What makers of generators write into the credit line, as Google's do: "Made with Google AI"."""


@dataclass(frozen=True)
class Sorted:
    """Tags by subject, each cut to `MOST_CHARACTERS`, at most `MOST_OF_A_KIND` of one."""

    camera: tuple[Tag, ...]
    software: tuple[Tag, ...]
    comments: tuple[Tag, ...]
    times: tuple[Tag, ...]
    source_types: tuple[Tag, ...]
    generation: tuple[Generation, ...]
    labels: tuple[Tag, ...]


def _has_webui_parameters(tag: Tag) -> bool:
    """`parameters` of a PNG, EXIF's UserComment or a comment: Steps, Sampler, CFG scale in one line."""
    return re.search(r"\bSteps: \d+, .*\bSampler: ", tag.value) is not None


def _has_comfyui_graph(tag: Tag) -> bool:
    """A graph as JSON in `prompt` or `workflow`; in WebP behind these words in EXIF's Make and Model."""
    graph = tag.value.removeprefix("prompt:").removeprefix("workflow:")
    named = tag.name.lower() in ("prompt", "workflow") or graph != tag.value
    return named and graph.lstrip().startswith("{") and ('"class_type"' in graph or '"nodes"' in graph)


def _is_novelai(tag: Tag) -> bool:
    return tag.name == "Software" and tag.value == "NovelAI"


def _is_invokeai(tag: Tag) -> bool:
    return tag.name in ("invokeai_metadata", "invokeai_graph", "sd-metadata")


def _is_fooocus(tag: Tag) -> bool:
    return tag.name == "fooocus_scheme"


def _has_midjourney_job(tag: Tag) -> bool:
    return re.search(r"\bJob ID: [0-9a-f]{8}-[0-9a-f]{4}-", tag.value) is not None


TOOLS: tuple[tuple[str, Callable[[Tag], bool]], ...] = (
    ("ComfyUI", _has_comfyui_graph),
    ("NovelAI", _is_novelai),
    ("InvokeAI", _is_invokeai),
    ("Fooocus", _is_fooocus),
    ("Midjourney", _has_midjourney_job),
    ("Stable Diffusion (web UI or alike)", _has_webui_parameters),
)
"""Generators that leave their parameters in a file, and how each is known; the first that fits counts."""


def sort_tags(tags: Iterable[Tag]) -> Sorted:
    """Each tag under its subject; what speaks of none is left out."""
    kinds: dict[str, list[Tag]] = {
        name: [] for name in ("camera", "software", "comments", "times", "types", "labels")
    }
    generation: list[Generation] = []
    for tag in tags:
        tool = next((name for name, fits in TOOLS if fits(tag)), None)
        if tool is not None:
            generation.append(Generation(tool, _cut(tag)))
            continue
        kind = _kind(tag)
        if kind is not None:
            kinds[kind].append(_cut(tag))
    few = {name: tuple(tags[:MOST_OF_A_KIND]) for name, tags in kinds.items()}
    return Sorted(
        camera=few["camera"],
        software=few["software"],
        comments=few["comments"],
        times=few["times"],
        source_types=tuple(map(_code, few["types"])),
        generation=tuple(generation[:MOST_OF_A_KIND]),
        labels=few["labels"],
    )


def _kind(tag: Tag) -> str | None:
    name = tag.name.lower()
    if name == "digitalsourcetype":
        return "types"
    if name == "aigc" or (name == "credit" and CREDIT.search(tag.value)):
        return "labels"
    named = {"camera": CAMERA, "software": SOFTWARE, "comments": COMMENTS, "times": TIMES}
    return next((kind for kind, names in named.items() if name in names), None)


def _cut(tag: Tag) -> Tag:
    if len(tag.value) <= MOST_CHARACTERS:
        return tag
    return replace(tag, value=f"{tag.value[: MOST_CHARACTERS - 1]}…")


def _code(tag: Tag) -> Tag:
    """A source type as its code, without the address of the list it is from."""
    return replace(tag, value=source_code(tag.value))


def source_code(value: str) -> str:
    """The IPTC code of an address such as `.../digitalsourcetype/trainedAlgorithmicMedia`."""
    return re.split(r"[/:#]", value.rstrip("/"))[-1]
