"""C2PA content credentials of a file, read and checked without any network."""

from __future__ import annotations

import importlib.util
import json
import logging
import os
from io import FileIO
from typing import Any

from detector.provenance.sorting import MOST_CHARACTERS, MOST_OF_A_KIND, source_code
from detector.structures import Credentials, CredentialState

log = logging.getLogger(__name__)

OFFLINE = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
    "core": {"allowed_network_hosts": []},
}
"""Settings of c2pa-rs: neither manifests, certificates' states nor anything else is fetched."""

MIME_TYPES = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "TIFF": "image/tiff",
    "GIF": "image/gif",
    "AVIF": "image/avif",
    "HEIF": "image/heif",
    "mov": "video/quicktime",
    "mp4": "video/mp4",
    "avi": "video/avi",
}
"""By a photo's format or a video's container; others carry no credentials that can be read."""

UNTRUSTED_CODE = "signingCredential.untrusted"
"""The only fault of a seal that fits, where no list says whom to trust: none ships here."""


def read_credentials(stream: FileIO, form: str) -> Credentials:
    """The credentials in an open file of format `form`, a key of `MIME_TYPES`. Nothing is ever fetched: those
    that lie elsewhere are told with their address.
    """
    if form not in MIME_TYPES or importlib.util.find_spec("c2pa") is None:
        return Credentials(CredentialState.NOT_READ)
    import c2pa

    try:
        # a copy of the descriptor, since a Reader closes what it is given
        with (
            c2pa.Context.from_dict(OFFLINE) as context,
            os.fdopen(os.dup(stream.fileno()), "rb") as copy,
            c2pa.Reader(MIME_TYPES[form], copy, context=context) as reader,
        ):
            return _told(json.loads(reader.json()))
    except c2pa.C2paError.ManifestNotFound:
        return Credentials(CredentialState.ABSENT)
    except (c2pa.C2paError, ValueError, KeyError, TypeError, AttributeError) as error:
        return _failed(str(error))


def _failed(message: str) -> Credentials:
    """What the reader's refusal says: credentials elsewhere, or broken ones."""
    kind, _, words = message.partition(": ")
    if kind == "Remote":
        address = next((word for word in words.split() if word.startswith(("http://", "https://"))), None)
        return Credentials(CredentialState.REMOTE, address=_short(address))
    log.debug("content credentials cannot be read: %s", message)
    return Credentials(CredentialState.BROKEN, problems=(kind[:MOST_CHARACTERS],))


def _told(store: dict[str, Any]) -> Credentials:
    """What the newest manifest of a manifest store says."""
    manifest = store["manifests"][store["active_manifest"]]
    signature = manifest.get("signature_info") or {}
    problems = tuple(
        dict.fromkeys(_short(str(status["code"])) or "" for status in store.get("validation_status") or ())
    )
    actions = [
        action
        for assertion in manifest.get("assertions") or ()
        if str(assertion.get("label", "")).startswith("c2pa.actions")
        for action in assertion["data"].get("actions") or ()
    ]
    sound = store.get("validation_state") in ("Valid", "Trusted")
    return Credentials(
        state=CredentialState.UNTRUSTED if sound else CredentialState.BROKEN,
        signer=_short(_joined(signature.get("common_name"), signature.get("issuer"))),
        generator=_short(_generator(manifest)),
        signed_at=_short(signature.get("time")),
        actions=_few(str(action.get("action", "")).removeprefix("c2pa.") for action in actions),
        source_types=_few(source_code(str(action.get("digitalSourceType") or "")) for action in actions),
        problems=tuple(code for code in problems if code != UNTRUSTED_CODE)[:MOST_OF_A_KIND],
    )


def _generator(manifest: dict[str, Any]) -> str | None:
    infos = manifest.get("claim_generator_info") or ()
    if infos:
        return _joined(infos[0].get("name"), infos[0].get("version"), by=" ")
    return manifest.get("claim_generator")


def _joined(*parts: object, by: str = ", ") -> str | None:
    return by.join(dict.fromkeys(str(part) for part in parts if part)) or None


def _few(values: Any) -> tuple[str, ...]:
    distinct = dict.fromkeys(str(value)[:MOST_CHARACTERS] for value in values if value)
    return tuple(distinct)[:MOST_OF_A_KIND]


def _short(value: object) -> str | None:
    return None if value is None else str(value)[:MOST_CHARACTERS]
