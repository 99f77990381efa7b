"""C2PA content credentials, signed here by somebody whom nobody trusts."""

from __future__ import annotations

import http.server
import subprocess
import sys
import threading

import pytest

from detector.provenance.words import credentials_in_words, headline
from detector.structures import CredentialState
from tests.provenance.made import provenance_of, signed_jpeg

pytest.importorskip("c2pa", reason="pip install -r requirements-provenance.txt")


def test_a_seal_that_fits_is_told_with_a_signer_nobody_vouches_for(tmp_path):
    read = provenance_of(signed_jpeg(tmp_path / "a.jpg", "digitalCapture"))
    credentials = read.credentials
    assert credentials.state is CredentialState.UNTRUSTED
    assert credentials.signer == "A test signer, A test press"
    assert credentials.generator == "A test program 1.0"
    assert (credentials.actions, credentials.source_types) == (("created",), ("digitalCapture",))
    assert credentials.problems == ()
    assert not read.says_generated
    assert "only what the signer calls itself" in headline(read)


def test_credentials_that_tell_of_a_generator_say_so(tmp_path):
    read = provenance_of(signed_jpeg(tmp_path / "a.jpg", "trainedAlgorithmicMedia"))
    assert read.says_generated
    assert "says that a generator made it" in headline(read)
    assert "Kind of source: made by a generator (trainedAlgorithmicMedia)" in credentials_in_words(
        read.credentials
    )


def test_a_changed_picture_breaks_the_seal(tmp_path):
    path = signed_jpeg(tmp_path / "a.jpg", "digitalCapture")
    content = bytearray(path.read_bytes())
    content[-200] ^= 7
    path.write_bytes(content)
    read = provenance_of(path)
    assert read.credentials.state is CredentialState.BROKEN
    assert read.credentials.problems == ("assertion.dataHash.mismatch",)
    assert "do not fit" in headline(read)


def test_a_cut_manifest_is_broken_and_breaks_nothing(tmp_path):
    path = signed_jpeg(tmp_path / "a.jpg", "digitalCapture")
    content = path.read_bytes()
    place = content.index(b"c2pa.claim") + 40
    path.write_bytes(content[:place] + b"\0" * 60 + content[place + 60 :])
    assert provenance_of(path).credentials.state is CredentialState.BROKEN


def test_credentials_elsewhere_are_told_and_never_fetched(tmp_path):
    asked: list[str] = []

    class Listening(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *words: object) -> None:
            """Nothing is printed."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listening) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}/a.c2pa"
        read = provenance_of(signed_jpeg(tmp_path / "a.jpg", "digitalCapture", address))
        server.shutdown()
    assert asked == []
    assert read.credentials.state is CredentialState.REMOTE
    assert read.credentials.address == address
    assert address in credentials_in_words(read.credentials)[0]


def test_without_the_package_they_are_told_not_to_be_read(tmp_path):
    path = signed_jpeg(tmp_path / "a.jpg", "digitalCapture")
    program = (
        "import sys; sys.modules['c2pa'] = None\n"
        "from pathlib import Path\n"
        "from detector.provenance.credentials import read_credentials\n"
        f"print(read_credentials(Path({str(path)!r}).open('rb', buffering=0), 'JPEG').state)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "not_read"


def test_a_format_that_cannot_carry_them_is_told_not_to_be_read(tmp_path):
    from PIL import Image as Pictures

    Pictures.new("RGB", (8, 8)).save(tmp_path / "a.bmp")
    assert provenance_of(tmp_path / "a.bmp").credentials.state is CredentialState.NOT_READ
