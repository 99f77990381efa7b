"""The words of maps: captions, texts in place of pictures, why a method is missing, how far to trust one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from detector.explain.maps import Lack, Method, Missing
from detector.explain.measures import Standing, Trust
from detector.explain.regions import Reading, Region
from detector.structures import Direction

NOTHING = "Nothing in this face pushed it much."
EVEN = "It looked at no part of this face more than at others."

TITLES: Mapping[Method, str] = {
    Method.GRADCAM: "Grad-CAM",
    Method.GRADCAM_PLUS: "Grad-CAM++",
    Method.LAYERCAM: "LayerCAM",
    Method.OCCLUSION: "Occlusion",
    Method.BRANCHES: "Share of each branch",
    Method.ATTENTION: "Attention",
}

REGIONS: Mapping[Region, str] = {
    **{region: region.value for region in Region},
    Region.SURROUNDINGS: "hair, neck or background",
}

LACKS: Mapping[Missing, str] = {
    Missing.NETWORK: "{detector}: engine {engine} keeps no network to explain; use engine pytorch",
    Missing.ATTENTION: "{detector} has no attention to show: only transformers have any",
    Missing.ATTENTION_BY_PAIRS: (
        "{detector} has no attention to show: its own does not say which place looked at which"
    ),
    Missing.BRANCHES: "{detector} has no branches: its answer comes by a single path",
}


STANDINGS: Mapping[Standing, str] = {
    Standing.FAITHFUL: (
        "On {faces} faces blended here, blurring what this map ranks first moved the answer more than"
        " blurring at random or from the middle."
    ),
    Standing.NO_BETTER: (
        "Take this map as a hint only: on {faces} faces blended here it found what moves the answer no better"
        " than {control}."
    ),
    Standing.SAME_UNLEARNED: (
        "Take this map as a hint only: a network that has learned nothing gives much the same, so it shows"
        " the face rather than what was learned."
    ),
    Standing.NOT_MEASURED: "How far this map can be trusted was not measured with these weights.",
}


ELSEWHERE = "It shows what moved the answer, which is not where these faces were altered."


def trust_words(trust: Trust) -> str:
    """How far a map can be trusted, in a sentence or two."""
    measures = trust.measures
    if measures is None:
        return STANDINGS[trust.standing]
    beaten_by = [
        words
        for words, over in (
            ("chance", measures.over_random),
            ("the middle of the face", measures.over_centre),
        )
        if over.low <= 0
    ]
    said = STANDINGS[trust.standing].format(faces=measures.faces, control=" or ".join(beaten_by))
    return said if measures.finds_altered else f"{said} {ELSEWHERE}"


def lack_words(lack: Lack) -> str:
    """Why a detector has no map by a method, as a line."""
    return LACKS[lack.missing].format(detector=lack.detector, engine=lack.engine)


def caption(reading: Reading) -> str:
    """What a map shows, in a sentence or two."""
    if reading.is_empty:
        return NOTHING if reading.method.is_signed else EVEN
    if not reading.method.is_signed:
        return f"Looked at most: {_named(reading.strongest(Direction.NONE))}."
    said = {"fake": reading.strongest(Direction.FAKE), "genuine": reading.strongest(Direction.REAL)}
    return " ".join(
        f"Pushed to {answer}, strongest: {_named(regions)}." for answer, regions in said.items() if regions
    )


def alt_text(reading: Reading) -> str:
    """What stands for the picture of a map where it is not seen."""
    return f"Map of the face by {TITLES[reading.method]}. {caption(reading)}"


def _named(regions: Sequence[Region]) -> str:
    return ", ".join(REGIONS[region] for region in regions)
