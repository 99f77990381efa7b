"""One file gives the same numbers and the same words through every door."""

from __future__ import annotations

import base64
import csv
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client, handle_file
from werkzeug.serving import make_server

from detector import analyze, load_detector
from detector.batch import row, scan_files
from detector.cli import main
from detector.report import to_dict
from detector.serve.client import ask
from detector.serve.rescuebox import build_server
from detector.settings import Settings
from detector.weights import default_name, find_weights, read_manifest
from tests.e2e.test_api import ask_mcp, report_of_mcp

DETECTOR = default_name(read_manifest(find_weights()))
FILE = "group.jpg"
CLOSE = 1e-4


@pytest.fixture(scope="module")
def expected(assets: Path) -> dict[str, Any]:
    """What Python says."""
    return to_dict(analyze(assets / FILE, load_detector(DETECTOR)))


def check(said: dict[str, Any], expected: dict[str, Any]) -> None:
    """A report says the same of the file, and of each face."""
    assert said["p_fake"] == pytest.approx(expected["p_fake"], abs=CLOSE)
    for same in ("verdict", "statement", "reasons"):
        assert said[same] == expected[same]
    assert said["evidence"]["lr"] == pytest.approx(expected["evidence"]["lr"], rel=1e-3)
    faces, others = (
        [face["p_fake"] for track in report["tracks"] for face in track["faces"]]
        for report in (said, expected)
    )
    assert len(faces) == 3
    assert faces == pytest.approx(others, abs=CLOSE)


def check_row(told: dict[str, str], expected: dict[str, Any]) -> None:
    """A row of a table says the same."""
    assert float(told["p_fake"]) == pytest.approx(expected["p_fake"], abs=CLOSE)
    assert told["evidence"] == f"{expected['evidence']['direction']}:{expected['evidence']['strength']}"
    assert all(reason.rstrip(".") in told["reasons"] for reason in expected["reasons"])


def read_row(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8", newline="") as stream:
        (only,) = csv.DictReader(stream)
    return only


def test_the_command_line_says_the_same(
    expected: dict[str, Any], assets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["analyze", str(assets / FILE), "--json", "--detector", DETECTOR]) == 0
    check(json.loads(capsys.readouterr().out), expected)


def test_a_scan_of_many_says_the_same(expected: dict[str, Any], assets: Path, tmp_path: Path) -> None:
    main(["scan", str(assets / FILE), "--out", str(tmp_path / "t.csv"), "--detector", DETECTOR])
    check_row(read_row(tmp_path / "t.csv"), expected)


def test_a_batch_in_python_says_the_same(expected: dict[str, Any], assets: Path) -> None:
    (result,) = scan_files([assets / FILE], [load_detector(DETECTOR)])
    check_row(row(result), expected)
    assert row(result)["verdict"] == expected["verdict"]


def test_the_api_says_the_same(expected: dict[str, Any], assets: Path, server: str) -> None:
    client = Client(server, verbose=False)
    check(client.predict(handle_file(assets / FILE), DETECTOR, api_name="/photo"), expected)
    compared = client.predict(handle_file(assets / FILE), api_name="/compare")
    check(next(each for each in compared["answers"] if each["detector"]["name"] == DETECTOR), expected)


def test_mcp_says_the_same(expected: dict[str, Any], assets: Path, server: str) -> None:
    file = "data:image/jpeg;base64," + base64.b64encode((assets / FILE).read_bytes()).decode()
    (answer,) = ask_mcp(server, ("photo", {"file": file, "detector": DETECTOR}))[1]
    check(report_of_mcp(answer), expected)


def test_rescuebox_says_the_same(expected: dict[str, Any], assets: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / FILE).write_bytes((assets / FILE).read_bytes())
    server = make_server("127.0.0.1", 0, build_server(Settings(), [tmp_path]).app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.port}"
        answered = ask(url, folder, tmp_path / "t.csv", DETECTOR, None, cropped=False)
    finally:
        server.shutdown()
        thread.join()
    told = read_row(answered.table)
    check_row(told, expected)
    assert told["prediction"] == expected["verdict"]
    assert told["evidence_words"] == " ".join(expected["statement"])
