"""Downloads from a server of our own: whole, checked, going on after an interruption, and never joined of two
versions.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import numpy as np
import pytest

from detector.cli import main
from detector.data.fetch import TRIES, Remote, download, files_of_record, new_client, plan
from detector.data.layouts import LAYOUTS
from detector.data.sources import SOURCES, instructions
from detector.errors import FetchError, SettingsError

CONTENT = np.random.default_rng(0).bytes(300_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MD5 = hashlib.md5(CONTENT).hexdigest()


@dataclass
class Site:
    """What the server holds and how it misbehaves; `asked` keeps path and range of every request."""

    files: dict[str, bytes] = field(default_factory=lambda: {"/a.zip": CONTENT}, repr=False)
    tag: str = '"v1"'
    breaks_after: list[int] = field(default_factory=list)
    refuses: list[int] = field(default_factory=list)
    knows_ranges: bool = True
    asked: list[tuple[str, str]] = field(default_factory=list)
    address: str = ""


class Handler(BaseHTTPRequestHandler):
    """Files with Range and If-Range, as the standard has them."""

    protocol_version = "HTTP/1.1"
    site: Site

    def do_GET(self) -> None:
        site = self.site
        wanted = self.headers.get("Range", "")
        site.asked.append((self.path, wanted))
        content = site.files.get(self.path.partition("?")[0])
        status = site.refuses.pop(0) if site.refuses else 200 if content is not None else 404
        if content is None or status != 200:
            return self._answer(status, b"", {})
        first = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and site.knows_ranges else 0
        if self.headers.get("If-Range", site.tag) != site.tag:
            first = 0
        if first >= len(content):
            return self._answer(416, b"", {"Content-Range": f"bytes */{len(content)}"})
        facts = {"ETag": site.tag} if site.tag else {}
        if first:
            facts["Content-Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
        return self._answer(206 if first else 200, content[first:], facts)

    def _answer(self, status: int, content: bytes, facts: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in facts.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if content and self.site.breaks_after:
            self.wfile.write(content[: self.site.breaks_after.pop(0)])
            self.close_connection = True
        else:
            self.wfile.write(content)

    def log_message(self, *words: object) -> None:
        return


@pytest.fixture
def site() -> Iterator[Site]:
    held = Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("OfSite", (Handler,), {"site": held}))
    held.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield held
    server.shutdown()
    server.server_close()


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with new_client() as opened:
        yield opened


def remote(site: Site, digest: str = f"sha256:{SHA256}", size: int | None = None) -> Remote:
    return Remote("a.zip", f"{site.address}/a.zip", digest, size)


def holds(path: Path, content: bytes) -> bool:
    """Whether a file holds just that; a bool, since pytest takes minutes to tell two such contents apart in
    words.
    """
    return path.read_bytes() == content


def no_pause(seconds: float) -> None:
    assert 1 <= seconds <= 30


def test_a_file_comes_whole_and_its_digest_is_told(site: Site, client: httpx.Client, tmp_path: Path) -> None:
    heard: list[tuple[float, str]] = []
    digest = download(
        client,
        remote(site, digest=""),
        tmp_path / "new/a.zip",
        lambda share, words: heard.append((share, words)),
    )
    assert digest == f"sha256:{SHA256}"
    assert holds(tmp_path / "new/a.zip", CONTENT)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.zip"]
    assert heard[-1] == (1.0, "a.zip: 0.00 of 0.00 GB")


def test_a_file_that_breaks_off_goes_on_where_it_stopped(
    site: Site, client: httpx.Client, tmp_path: Path
) -> None:
    site.breaks_after = [100_000, 50_000]
    download(client, remote(site), tmp_path / "a.zip", pause=no_pause)
    assert holds(tmp_path / "a.zip", CONTENT)
    assert [wanted for _, wanted in site.asked] == ["", "bytes=100000-", "bytes=150000-"]


def test_what_is_there_after_the_last_try_is_kept_for_the_next_call(
    site: Site, client: httpx.Client, tmp_path: Path
) -> None:
    site.breaks_after = [10_000] * TRIES
    with pytest.raises(
        FetchError, match=f"broke off {TRIES} times .*; 60000 bytes are kept, call again to go on"
    ):
        download(client, remote(site), tmp_path / "a.zip", pause=no_pause)
    assert not (tmp_path / "a.zip").exists()
    site.asked.clear()
    download(client, remote(site), tmp_path / "a.zip", pause=no_pause)
    assert site.asked == [("/a.zip", "bytes=60000-")]
    assert holds(tmp_path / "a.zip", CONTENT)


def test_a_server_that_is_busy_is_asked_again(site: Site, client: httpx.Client, tmp_path: Path) -> None:
    site.refuses = [503, 429]
    download(client, remote(site), tmp_path / "a.zip", pause=no_pause)
    assert len(site.asked) == 3


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refusal_is_told_at_once(site: Site, client: httpx.Client, tmp_path: Path, status: int) -> None:
    site.refuses = [status]
    with pytest.raises(
        FetchError, match=f"answers {status} .*; look at the address, or log in there by hand"
    ):
        download(client, remote(site), tmp_path / "a.zip", pause=no_pause)
    assert len(site.asked) == 1 and list(tmp_path.iterdir()) == []


def test_a_server_that_is_not_there_is_told_after_all_tries(tmp_path: Path, client: httpx.Client) -> None:
    pauses: list[float] = []
    with pytest.raises(FetchError, match="broke off"):
        download(client, Remote("a", "http://127.0.0.1:9/a"), tmp_path / "a", pause=pauses.append)
    assert pauses == [1, 2, 4, 8, 16]


def test_a_version_that_changed_meanwhile_begins_anew(
    site: Site, client: httpx.Client, tmp_path: Path
) -> None:
    site.breaks_after = [10_000] * TRIES
    with pytest.raises(FetchError):
        download(client, remote(site, digest=""), tmp_path / "a.zip", pause=no_pause)
    site.breaks_after = []
    site.files["/a.zip"], site.tag = CONTENT[::-1], '"v2"'
    download(client, remote(site, digest=""), tmp_path / "a.zip", pause=no_pause)
    assert holds(tmp_path / "a.zip", CONTENT[::-1])


def test_without_a_tag_and_a_digest_two_halves_are_never_joined(
    site: Site, client: httpx.Client, tmp_path: Path
) -> None:
    site.tag, site.breaks_after = "", [100_000]
    download(client, remote(site, digest=""), tmp_path / "a.zip", pause=no_pause)
    assert [wanted for _, wanted in site.asked] == ["", ""]
    assert holds(tmp_path / "a.zip", CONTENT)


def test_a_weak_tag_is_no_tag(site: Site, client: httpx.Client, tmp_path: Path) -> None:
    site.tag, site.breaks_after = 'W/"v1"', [100_000]
    download(client, remote(site, digest=""), tmp_path / "a.zip", pause=no_pause)
    assert [wanted for _, wanted in site.asked] == ["", ""]


def test_a_server_without_ranges_begins_anew(site: Site, client: httpx.Client, tmp_path: Path) -> None:
    site.knows_ranges, site.breaks_after = False, [100_000]
    download(client, remote(site), tmp_path / "a.zip", pause=no_pause)
    assert holds(tmp_path / "a.zip", CONTENT)


def test_a_part_that_is_whole_already_is_only_checked(
    site: Site, client: httpx.Client, tmp_path: Path
) -> None:
    (tmp_path / "a.zip.part").write_bytes(CONTENT)
    download(client, remote(site), tmp_path / "a.zip", pause=no_pause)  # 416, as nothing lies behind it
    assert holds(tmp_path / "a.zip", CONTENT)
    (tmp_path / "b.zip.part").write_bytes(CONTENT)
    site.asked.clear()
    download(client, remote(site, size=len(CONTENT)), tmp_path / "b.zip", pause=no_pause)
    assert site.asked == []


def test_a_part_longer_than_the_file_begins_anew(site: Site, client: httpx.Client, tmp_path: Path) -> None:
    (tmp_path / "a.zip.part").write_bytes(CONTENT + b"more")
    download(client, remote(site), tmp_path / "a.zip", pause=no_pause)
    assert holds(tmp_path / "a.zip", CONTENT)


def test_what_does_not_fit_its_digest_is_set_aside_and_fetched_anew(
    site: Site, client: httpx.Client, tmp_path: Path
) -> None:
    site.files["/a.zip"] = CONTENT[:-1] + b"?"
    with pytest.raises(FetchError, match=rf"it should be {SHA256}; it is kept as a\.zip\.wrong"):
        download(client, remote(site), tmp_path / "a.zip", pause=no_pause)
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip.wrong"]
    site.files["/a.zip"] = CONTENT
    download(client, remote(site, digest=f"md5:{MD5.upper()}"), tmp_path / "a.zip", pause=no_pause)
    assert holds(tmp_path / "a.zip", CONTENT)


def test_a_file_of_another_size_is_set_aside(site: Site, client: httpx.Client, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="has 300000 bytes instead of 5"):
        download(client, remote(site, size=5), tmp_path / "a.zip", pause=no_pause)


def test_a_file_that_is_there_is_checked_and_not_fetched_again(
    site: Site, client: httpx.Client, tmp_path: Path
) -> None:
    (tmp_path / "a.zip").write_bytes(CONTENT)
    assert download(client, remote(site), tmp_path / "a.zip") == f"sha256:{SHA256}"
    (tmp_path / "a.zip").write_bytes(b"altered")
    with pytest.raises(FetchError, match="move it away and fetch it again"):
        download(client, remote(site), tmp_path / "a.zip")
    assert site.asked == []


def put_record(site: Site, files: dict[str, bytes]) -> None:
    """A record in the form of Zenodo's interface."""
    listed = [
        {
            "key": name,
            "size": len(content),
            "checksum": f"md5:{hashlib.md5(content).hexdigest()}",
            "links": {"self": f"{site.address}/api/records/7/files/{name}/content"},
        }
        for name, content in files.items()
    ]
    site.files["/api/records/7"] = json.dumps({"id": 7, "files": listed}).encode()
    site.files |= {f"/api/records/7/files/{name}/content": content for name, content in files.items()}


def test_a_record_states_its_files_with_sizes_and_digests(
    site: Site, client: httpx.Client, tmp_path: Path
) -> None:
    put_record(site, {"Train_poly.json": b"{}", "Images.zip": CONTENT})
    planned = plan(client, "zenodo:7", tmp_path, api=f"{site.address}/api")
    assert [(remote.name, remote.size, path) for remote, path in planned] == [
        ("Train_poly.json", 2, tmp_path / "Train_poly.json"),
        ("Images.zip", 300_000, tmp_path / "Images.zip"),
    ]
    assert planned[1][0].digest == f"md5:{MD5}"
    for remote, path in planned:
        download(client, remote, path, pause=no_pause)
    assert holds(tmp_path / "Images.zip", CONTENT)
    (only,) = plan(client, "zenodo:7", tmp_path, pattern="*.json", api=f"{site.address}/api")
    assert only[0].name == "Train_poly.json"
    with pytest.raises(SettingsError, match=r"no file of record 7 fits --only \*\.tar"):
        plan(client, "zenodo:7", tmp_path, pattern="*.tar", api=f"{site.address}/api")


def test_a_record_that_is_not_there_or_leads_outside_is_refused(site: Site, client: httpx.Client) -> None:
    with pytest.raises(FetchError, match=r"/api/records/7 does not list the files of a record .*404"):
        files_of_record(client, "7", f"{site.address}/api")
    site.files["/api/records/7"] = b"<html>"
    with pytest.raises(FetchError, match="does not list the files"):
        files_of_record(client, "7", f"{site.address}/api")
    put_record(site, {"../outside": b""})
    with pytest.raises(FetchError, match=r"names a file '\.\./outside'"):
        files_of_record(client, "7", f"{site.address}/api")


@pytest.mark.parametrize(
    "what, sha256, said",
    [
        ("ffpq", "", "'ffpq' is no address, no zenodo:NUMBER and none of the data sets known here: ffpp, "),
        ("ftp://a/b", "", "is no address"),
        ("http:a", "", "is no address"),
        ("http://a/b", "12", "is not 64 digits"),
    ],
)
def test_words_that_make_no_sense_are_refused(
    client: httpx.Client, tmp_path: Path, what: str, sha256: str, said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        plan(client, what, tmp_path, sha256)


def test_an_address_comes_to_the_file_or_into_the_folder(client: httpx.Client, tmp_path: Path) -> None:
    address = "https://a.example/x%20y.zip?download=1"
    assert [path for _, path in plan(client, address, tmp_path)] == [tmp_path / "x y.zip"]
    assert [path for _, path in plan(client, address, tmp_path / "z.zip")] == [tmp_path / "z.zip"]
    with pytest.raises(SettingsError, match="ends with no file's name"):
        plan(client, "https://a.example/", tmp_path)


def test_the_command_fetches_an_address_and_prints_where(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["data", "fetch", f"{site.address}/a.zip", "--out", str(tmp_path / "a.zip")]
    assert main([*words, "--sha256", SHA256]) == 0
    said = capsys.readouterr()
    assert said.out == f"{tmp_path / 'a.zip'}\n" and f"sha256:{SHA256}, as it should be" in said.err
    assert main(words) == 0
    assert "which nothing here could check" in capsys.readouterr().err
    assert main([*words[:4], str(tmp_path / "b.zip"), "--sha256", "0" * 64]) == 1
    assert "it should be 000" in capsys.readouterr().err
    assert main(words[:3]) == 2


@pytest.mark.parametrize("name", [name for name, source in SOURCES.items() if not source.record])
def test_of_a_data_set_on_request_the_command_says_where_and_how(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["data", "fetch", name]) == 1
    said = capsys.readouterr()
    assert said.out == instructions(SOURCES[name]) + "\n"
    assert SOURCES[name].address in said.out and f"--layout {name}" in said.out and "licence: " in said.out
    assert "nothing was fetched" in said.err


def test_every_source_lies_in_a_layout_there_is() -> None:
    assert {source.layout for source in SOURCES.values()} == set(LAYOUTS) - {"folders", "prefix"}
    assert SOURCES["openforensics"].record == "5528418"
