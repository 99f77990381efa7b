"""What the API answers, as types: the schema that programs read, and that a test holds answers against."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal, TypedDict

import gradio as gr
import msgspec

Direction = Literal["none", "fake", "real"]
Strength = Literal["none", "weak", "moderate", "moderately strong"]


class ReferenceAnswer(TypedDict):
    """Of one `kind` of pictures the `share`, 0..1, that scores as high (towards real: low), in `n` groups."""

    kind: str
    is_fake: bool
    n: int
    share: float


class WithheldAnswer(TypedDict):
    """Why evidence is less than its score."""

    cause: str
    direction: Direction
    at_most: Strength
    condition: str | None
    numbers: dict[str, float | None]
    limits: dict[str, float | None]


class EvidenceAnswer(TypedDict):
    """How far the score shifts the odds: `lr` over 1 towards fake; eight of ten new collections would put it
    between `lr_low` and `lr_high`. Null where none was fitted.
    """

    question: Literal["altered", "generated", "either"]
    direction: Direction
    strength: Strength
    lr: float | None
    lr_low: float | None
    lr_high: float | None
    muted: list[WithheldAnswer]
    references: list[ReferenceAnswer]
    nearest: str | None
    conditions: list[str]


class Report(TypedDict):
    """The report on one file by one detector, as `analyze --json` prints it; docs/python.md tells more."""

    schema: Literal[2]
    file: str
    verdict: Literal["likely fake", "likely real", "uncertain", "no face found"]
    evidence: EvidenceAnswer | None
    p_fake: float | None
    statement: list[str]
    reasons: list[str]
    why: list[dict[str, Any]]
    extrapolated: bool
    media: dict[str, Any]
    detector: dict[str, Any]
    frames_read: int
    tracked: bool
    deciding: dict[str, Any] | None
    tracks: list[dict[str, Any]]
    seconds: dict[str, float]
    settings: dict[str, Any]
    versions: dict[str, str | None]
    command: str


class Comparison(TypedDict):
    """The reports of every trained detector on one scan, and in words how far they agree."""

    file: str
    answers: list[Report]
    agreement: str | None


class Explanation(TypedDict):
    """What the map beside it shows, in which face, and how far it can be trusted."""

    file: str
    detector: str
    verdict: str
    method: str
    caption: str
    trust: str
    box: list[float]


class Model(TypedDict):
    """A trained detector; AUCs are means over data sets, null where not measured."""

    name: str
    title: str
    question: Literal["altered", "generated", "either"]
    default: bool
    input_px: int
    params: int
    weights_sha256: str
    auc_in_domain: float | None
    auc_cross: float | None
    has_evidence: bool


class Models(TypedDict):
    """All that can be asked, the default first."""

    models: list[Model]


def typed(answer: type, label: str) -> gr.JSON:
    """JSON that tells programs what is in it. No class of its own: Gradio writes a .pyi beside each."""
    component = gr.JSON(label=label)
    component.api_info = partial(schema_of, answer)  # type: ignore[method-assign]
    return component


def schema_of(answer: type) -> dict[str, Any]:
    """The JSON schema of a type above, each type in it written out where it stands."""
    whole = msgspec.json.schema(answer)
    inlined: dict[str, Any] = _inlined(whole, whole.get("$defs", {}))
    return inlined


def _inlined(node: Any, parts: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inlined(each, parts) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _inlined(parts[node["$ref"].rsplit("/", 1)[1]], parts)
    return {key: _inlined(value, parts) for key, value in node.items() if key != "$defs"}
