"""The address of a file to the file, whole and checked; an interrupted download goes on where it stopped."""

from __future__ import annotations

import hashlib
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx

from detector.data.sources import SOURCES
from detector.errors import FetchError, SettingsError
from detector.pipeline import Progress

ZENODO = "https://zenodo.org/api"
TRIES = 6
LONGEST_PAUSE_S = 30.0
"""Pauses between tries double from a second up to this."""

SILENCE_S = 60.0
"""A server that says nothing for so long has broken off."""

PART, TAG, WRONG = ".part", ".part.tag", ".wrong"
"""Endings beside a file that is on its way: what is there of it, by what the server knows that version, and
what did not fit its digest.
"""

SHA256 = re.compile(r"[0-9a-fA-F]{64}")
GIGABYTE = 1e9


@dataclass(frozen=True)
class Remote:
    """A file elsewhere: `digest` is ALGORITHM:HEX and `size` its bytes, as far as they are known (else empty,
    None).
    """

    name: str
    url: str
    digest: str = ""
    size: int | None = None


class _Again(Exception):  # noqa: N818  # no error yet: it is tried again
    """The server is not able to answer now."""


def new_client() -> httpx.Client:
    """A client for `download`; follows redirects, takes proxies from the environment."""
    return httpx.Client(
        follow_redirects=True, timeout=httpx.Timeout(SILENCE_S), headers={"Accept-Encoding": "identity"}
    )


def files_of_record(client: httpx.Client, record: str, api: str = ZENODO) -> list[Remote]:
    """The files of a Zenodo record with the sizes and digests that it states; FetchError where it cannot be
    had.
    """
    url = f"{api}/records/{record}"
    try:
        answer = client.get(url)
        answer.raise_for_status()
        files = [
            Remote(file["key"], file["links"]["self"], file["checksum"], file["size"])
            for file in answer.json()["files"]
        ]
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as fault:
        raise FetchError(
            f"{url} does not list the files of a record ({fault}); look at the number, or try later"
        ) from fault
    outside = [file.name for file in files if Path(file.name).name != file.name]
    if outside:
        raise FetchError(
            f"{url} names a file {outside[0]!r}, which lies outside the folder; fetch it by hand"
        )
    return files


def download(
    client: httpx.Client,
    remote: Remote,
    path: Path,
    progress: Progress | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> str:
    """Bring `remote` to `path` and give its digest, ALGORITHM:HEX (sha256 where none was known).

    A file that is there is only checked. Otherwise FILE.part grows, over several calls if need be, and is
    renamed when it is whole and fits. Raises FetchError: it breaks off again and again (what is there is
    kept), or is not what it should be (it is kept as FILE.wrong).
    """
    if path.exists():
        digest, fault = _look_at(path, remote)
        if fault:
            raise FetchError(f"{path} {fault}; move it away and fetch it again")
        return digest
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + PART)
    for attempt in range(TRIES):
        try:
            _go_on(client, remote, part, progress)
            break
        except (httpx.TransportError, _Again) as reason:
            if attempt == TRIES - 1:
                kept = part.stat().st_size if part.exists() else 0
                raise FetchError(
                    f"{remote.url} broke off {TRIES} times ({reason}); {kept} bytes are kept, call again to"
                    " go on"
                ) from reason
            pause(min(2.0**attempt, LONGEST_PAUSE_S))
    digest, fault = _look_at(part, remote)
    path.with_name(path.name + TAG).unlink(missing_ok=True)
    if fault:
        wrong = path.with_name(path.name + WRONG)
        part.replace(wrong)
        raise FetchError(
            f"{remote.url} {fault}; it is kept as {wrong.name}, compare the digest with that of its authors"
        )
    part.replace(path)
    return digest


def _go_on(client: httpx.Client, remote: Remote, part: Path, progress: Progress | None) -> None:
    """Bring what is missing of `part`, or all of it where the server has another version by now or cannot
    give the rest alone.
    """
    tag_path = part.with_name(part.name.removesuffix(PART) + TAG)
    tag = tag_path.read_text(encoding="utf-8") if tag_path.exists() else ""
    have = (
        part.stat().st_size if part.exists() and (tag or remote.digest) else 0
    )  # else two versions could be joined unseen
    if have and have == remote.size:
        return
    asked = {"Range": f"bytes={have}-"} | ({"If-Range": tag} if tag else {}) if have else {}
    try:
        with client.stream("GET", remote.url, headers=asked) as answer:
            if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                if answer.headers.get("Content-Range") == f"bytes */{have}":
                    return
                part.unlink()
                raise _Again("the file there is shorter than what is here")
            _check_status(answer, remote)
            goes_on = answer.status_code == httpx.codes.PARTIAL_CONTENT
            if goes_on and not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
                part.unlink()
                raise _Again("the server gives another part than was asked for")
            tag_path.write_text(_tag_of(answer), encoding="utf-8")
            _write(answer, part, have if goes_on else 0, progress)
    except httpx.InvalidURL as fault:
        raise FetchError(
            f"{remote.url} is no address ({fault}); give one that begins with https:// or http://"
        ) from fault


def _check_status(answer: httpx.Response, remote: Remote) -> None:
    """Raise where the answer is not the file: _Again for what may pass."""
    if (
        answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR
        or answer.status_code == httpx.codes.TOO_MANY_REQUESTS
    ):
        raise _Again(f"status {answer.status_code}")
    if answer.status_code not in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
        raise FetchError(
            f"{remote.url} answers {answer.status_code} {answer.reason_phrase}; look at the address, or log"
            " in there by hand"
        )


def _tag_of(answer: httpx.Response) -> str:
    """By what the server will know this version again: a strong ETag, else the time of its last change, else
    empty.
    """
    tag: str = answer.headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else answer.headers.get("Last-Modified", "")


def _write(answer: httpx.Response, part: Path, have: int, progress: Progress | None) -> None:
    """Write the answer's bytes behind the first `have` of `part`."""
    coming = answer.headers.get("Content-Length")
    total = have + int(coming) if coming else None
    free = shutil.disk_usage(part.parent).free
    if total is not None and total - have > free:
        raise FetchError(
            f"{part.parent} has {free / GIGABYTE:.1f} GB free, {(total - have) / GIGABYTE:.1f} are needed;"
            " make room, or name another --out"
        )
    with part.open("ab" if have else "wb") as stream:
        for chunk in answer.iter_bytes():
            stream.write(chunk)
            have += len(chunk)
            if progress is not None:
                share = have / total if total else 0.0
                of = f" of {total / GIGABYTE:.2f}" if total else ""
                progress(share, f"{part.name.removesuffix(PART)}: {have / GIGABYTE:.2f}{of} GB")


def _look_at(path: Path, remote: Remote) -> tuple[str, str]:
    """The digest of a file, and what is wrong with the file in words; empty: nothing."""
    algorithm, _, expected = (remote.digest or "sha256:").partition(":")
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, algorithm).hexdigest()
    size = path.stat().st_size
    if remote.size is not None and size != remote.size:
        return digest, f"has {size} bytes instead of {remote.size}"
    if expected and digest != expected.lower():
        return digest, f"has {algorithm} {digest}, it should be {expected.lower()}"
    return f"{algorithm}:{digest}", ""


def plan(
    client: httpx.Client, what: str, out: Path, sha256: str = "", pattern: str = "*", api: str = ZENODO
) -> list[tuple[Remote, Path]]:
    """The files that `what` stands for, an address or zenodo:NUMBER, each with the place it comes to.

    An address comes to `out`, or into it where it is a folder; a record's files that fit `pattern` come into
    the folder `out`. Raises SettingsError for words that make no sense, FetchError where the record cannot be
    had.
    """
    if sha256 and not SHA256.fullmatch(sha256):
        raise SettingsError(f"--sha256 {sha256!r} is not 64 digits 0 to 9 and a to f; copy it again")
    scheme, _, rest = what.partition(":")
    if scheme == "zenodo" and rest.isdecimal():
        remotes = [remote for remote in files_of_record(client, rest, api) if fnmatch(remote.name, pattern)]
        if sha256:
            raise SettingsError(
                "--sha256 is for a single address; a record states the digests of its files itself"
            )
        if not remotes:
            raise SettingsError(
                f"no file of record {rest} fits --only {pattern}; leave it away to fetch them all"
            )
        return [(remote, out / remote.name) for remote in remotes]
    if scheme not in ("http", "https") or not rest.startswith("//"):
        raise SettingsError(
            f"{what!r} is no address, no zenodo:NUMBER and none of the data sets known here:"
            f" {', '.join(SOURCES)}"
        )
    name = Path(unquote(urlsplit(what).path)).name
    if out.is_dir() and not name:
        raise SettingsError(f"{what} ends with no file's name; give the file with --out")
    path = out / name if out.is_dir() else out
    return [(Remote(path.name, what, f"sha256:{sha256}" if sha256 else ""), path)]
