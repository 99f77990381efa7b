"""Recipes in their first form, all keys on one level: read for one version more, so that their runs go on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SECTIONS = {
    "data": "real_mix fake_mix partner_mix leave_out source_balance most_pictures tune_most",
    "synthesis": "donor_share donor_mix part_share retouch_share reconstruct_share reconstruct_sources"
    " seamless_share backdrop_share finish_share fade_share forgers",
    "degradation": "margin_jitter centre_jitter augment",
    "loss": "label_smoothing focal_gamma real_weight teacher teacher_share",
    "optimiser": "learning_rate backbone_rate_share weight_decay momentum sam_radius clip_norm batch_pairs"
    " accumulate frozen_norms average_decay precision checkpointing",
    "schedule": "patience stages warmup_steps decay_from decay_power decay_steps restart_factor"
    " plateau_factor lowest_rate",
}
"""Keys that only moved into a section."""
RENAMED = {
    "self_blend_share": ("synthesis", "share"),
    "generated_donors": ("synthesis", "dataset_donors"),
    "optimiser": ("optimiser", "name"),
    "schedule": ("schedule", "name"),
    "rounds": ("schedule", "epochs"),
    "round_steps": ("schedule", "epoch_steps"),
    "kept_rounds": ("schedule", "kept_epochs"),
    "restart_rounds": ("schedule", "restart_epochs"),
    "plateau_rounds": ("schedule", "plateau_epochs"),
}
PLACES = {key: (section, key) for section, keys in SECTIONS.items() for key in keys.split()} | RENAMED
NONE_AS_TEXT = ("augment", "baseline")
"""Keys that said "" where they now say null."""
DEGRADATION = "degrade"
"""The one section there was; its keys are those of now."""


def is_flat(values: object) -> bool:
    """Whether a recipe has the keys of sections on its first level, and no section."""
    return (
        isinstance(values, Mapping)
        and not any(isinstance(values.get(section), Mapping) for section in SECTIONS)
        and any(key == DEGRADATION or key in PLACES for key in values)
    )


def from_flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same in sections; a key that is not known stays where it is, to be refused by its name."""
    nested: dict[str, Any] = {}
    for key, value in values.items():
        told = None if key in NONE_AS_TEXT and value == "" else value
        if key in PLACES:
            section, name = PLACES[key]
            nested.setdefault(section, {})[name] = told
        elif key != DEGRADATION:
            nested[key] = told
    damage = values.get(DEGRADATION, {})
    whole = isinstance(damage, Mapping)
    nested["degradation"] = {**nested.get("degradation", {}), **damage} if whole else damage
    return nested
