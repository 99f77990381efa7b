"""The server for RescueBox, asked over HTTP by Flask-ML's own client."""

from __future__ import annotations

import csv
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from flask_ml.flask_ml_client import MLClient
from flask_ml.flask_ml_server.models import (
    APIRoutes,
    AppMetadata,
    RequestBody,
    ResponseBody,
    TaskSchema,
)
from werkzeug.serving import make_server

from detector.cli import main
from detector.serve.client import ask
from detector.serve.rescuebox import COLUMNS, build_server
from detector.settings import Settings
from detector.weights import find_weights, read_manifest
from tests.makers import add_random_detector

LITE = "unblend-lite2"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, assets: Path) -> Path:
    """A folder that requests may name: pictures of every answer, and weights of another training."""
    root = tmp_path_factory.mktemp("allowed")
    for name in ("portrait_hopper.jpg", "no_face.jpg"):
        (root / "in" / "below").mkdir(parents=True, exist_ok=True)
        shutil.copy(assets / name, root / "in" / "below" / name)
    (root / "in" / "broken.jpg").write_text("no picture")
    (root / "in" / "notes.txt").write_text("skipped")
    (root / "one").mkdir()
    shutil.copy(assets / "group.jpg", root / "one")
    (root / "empty").mkdir()
    (root / "other").mkdir()
    for name in (LITE, "inspector-b0"):
        add_random_detector(root / "other", name, 64)
    return root


@pytest.fixture(scope="module")
def url(root: Path) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, build_server(Settings(), [root]).app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


def request(url: str, folder: Path | str, table: Path | str, **parameters: object) -> dict[str, Any]:
    """What Flask-ML's client is answered."""
    inputs = {"input_dataset": {"path": str(folder)}, "output_file": {"path": str(table)}}
    usual = {"detector": LITE, "checkpoint": "", "disable_facecrop": "False"}
    answer: dict[str, Any] = MLClient(f"{url}/predict").request(inputs, usual | parameters)
    return answer


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.fidelity("1-16")
def test_every_schema_is_valid_and_the_tasks_are_in_order(url: str) -> None:
    def get(path: str) -> Any:
        return requests.get(url + path, timeout=10).json()

    metadata = AppMetadata.model_validate(get("/api/app_metadata"))
    assert metadata.name == "Unblend"
    assert "| no face |" in metadata.info
    routes = APIRoutes.model_validate(get("/api/routes")).root
    assert [(route.run_task, route.order) for route in routes] == [("/predict", 0), ("/detectors", 1)]
    for route in routes:
        TaskSchema.model_validate(get(route.task_schema))
        RequestBody.model_validate(get(route.sample_payload))
        assert get(route.payload_schema)["properties"].keys() == {"inputs", "parameters"}
    schema = TaskSchema.model_validate(get("/predict/task_schema"))
    detector, checkpoint, crop = schema.parameters
    trained = set(read_manifest(find_weights()))
    assert {choice.key for choice in detector.value.enum_vals} == {"default", "all"} | trained
    assert (detector.value.default, checkpoint.value.default, crop.value.default) == ("default", "", "False")
    assert [given.key for given in schema.inputs] == ["input_dataset", "output_file"]


@pytest.mark.fidelity("1-8", "1-12", "1-14")
def test_a_folder_becomes_a_table_with_a_word_for_every_file(url: str, root: Path) -> None:
    answer = request(url, root / "in", root / "table.csv")
    ResponseBody.model_validate(answer)
    assert (answer["file_type"], answer["path"]) == ("csv", str(root / "table.csv"))
    assert answer["subtitle"] == f"1 no face, 1 uncertain, 1 error (by {LITE})"
    table = rows(root / "table.csv")
    assert tuple(table[0]) == COLUMNS
    told = {Path(row["image_path"]).name: row for row in table}
    assert {name: row["prediction"] for name, row in told.items()} == {
        "portrait_hopper.jpg": "uncertain",
        "no_face.jpg": "no face",
        "broken.jpg": "error",
    }
    assert told["portrait_hopper.jpg"]["evidence_words"].startswith("No support either way. ")
    assert 0 <= float(told["portrait_hopper.jpg"]["p_fake"]) <= 1
    assert told["no_face.jpg"]["p_fake"] == told["broken.jpg"]["p_fake"] == ""
    assert "neither a photo nor a video" in told["broken.jpg"]["error"]


@pytest.mark.fidelity("1-9")
def test_without_the_face_crop_the_whole_picture_is_judged(url: str, root: Path) -> None:
    for switch in ("False", "True"):
        request(url, root / "one", root / f"crop-{switch}.csv", disable_facecrop=switch)
    (found,), (whole,) = rows(root / "crop-False.csv"), rows(root / "crop-True.csv")
    assert (found["faces"], whole["faces"]) == ("3", "1")
    assert found["p_fake"] != whole["p_fake"]


@pytest.mark.fidelity("1-11")
@pytest.mark.parametrize("checkpoint", ["other", f"other/{LITE}.safetensors"])
def test_other_weights_give_other_answers(checkpoint: str, url: str, root: Path) -> None:
    usual, chosen = (root / f"{name}-{Path(checkpoint).name}.csv" for name in ("usual", "chosen"))
    request(url, root / "one", usual)
    request(url, root / "one", chosen, detector="default", checkpoint=str(root / checkpoint))
    (first,), (second,) = rows(usual), rows(chosen)
    assert first["detector"] == second["detector"] == LITE
    assert second["weights"] == read_manifest(root / "other")[LITE].sha256[:12] != first["weights"]
    assert first["p_fake"] != second["p_fake"]


def test_all_detectors_give_a_row_each(url: str, root: Path) -> None:
    request(url, root / "one", root / "all.csv", detector="all", checkpoint=str(root / "other"))
    assert [row["detector"] for row in rows(root / "all.csv")] == [LITE, "inspector-b0"]


def test_the_other_task_tells_which_detectors_there_are(url: str) -> None:
    answer = MLClient(f"{url}/detectors").request({}, {})
    assert all(f"| {name} |" in answer["value"] for name in read_manifest(find_weights()))


@pytest.mark.fidelity("1-10")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"disable_facecrop": "maybe"}, "disable_facecrop is 'maybe'; it must be False or True"),
        ({"detector": "nobody"}, "detector is 'nobody'; it must be one of default, all, "),
        ({"detector": 7}, "detector is 7; it must be a text"),
        ({"folder": "{root}/nowhere"}, "nowhere is no folder"),
        ({"folder": "{root}/empty"}, "holds no photo and no video"),
        ({"folder": "in"}, "give the whole path"),
        ({"folder": "/etc"}, "is outside of"),
        ({"folder": "{root}/../elsewhere"}, "is outside of"),
        ({"table": "/etc/table.csv"}, "is outside of"),
        ({"table": "{root}/table.txt"}, "does not end in .csv"),
        ({"table": "{root}/nowhere/table.csv"}, "nowhere is no folder"),
        ({"table": "{root}/kept.csv"}, "is there already and is kept"),
        ({"checkpoint": "/etc/passwd"}, "is outside of"),
        ({"checkpoint": "{root}/nowhere"}, "is not there"),
        ({"checkpoint": "{root}/one"}, "no manifest.json in"),
        ({"checkpoint": "{root}/one/group.jpg"}, "no manifest.json in"),
        ({"checkpoint": "{root}/other/manifest.json"}, "is not in the manifest.json beside it"),
        ({"checkpoint": "{root}/other/unblend-lite2.safetensors", "detector": "all"}, f"is of {LITE}"),
    ],
)
def test_what_flask_ml_lets_pass_is_refused_in_words(
    changes: dict[str, Any], words: str, url: str, root: Path
) -> None:
    (root / "kept.csv").write_text("kept")
    asked = {
        key: value.format(root=root) if isinstance(value, str) else value for key, value in changes.items()
    }
    folder, table = asked.pop("folder", root / "one"), asked.pop("table", root / "refused.csv")
    answer = request(url, folder, table, **asked)
    assert answer["status"] == "VALIDATION_ERROR"
    assert words in answer["error"]
    assert not (root / "refused.csv").exists()
    assert (root / "kept.csv").read_text() == "kept"


def test_a_link_out_of_the_allowed_folders_is_not_followed(
    url: str, root: Path, tmp_path: Path, assets: Path
) -> None:
    shutil.copy(assets / "portrait_hopper.jpg", tmp_path / "secret.jpg")
    folder = root / "linked"
    folder.mkdir()
    (folder / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    (root / "door").symlink_to(tmp_path)
    request(url, folder, root / "linked.csv")
    (row,) = rows(root / "linked.csv")
    assert (row["prediction"], row["p_fake"]) == ("error", "")
    assert "is a link out of the allowed folders" in row["error"]
    assert "is outside of" in request(url, root / "door", root / "door.csv")["error"]


@pytest.mark.fidelity("1-15", "1-17")
def test_the_client_of_the_command_line_asks_a_started_server(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url, table = f"http://127.0.0.1:{port}", root / "client.csv"
    words = [sys.executable, "-m", "detector", "serve-rescuebox", "--port", str(port), "--root", str(root)]
    ask_words = ["ask-rescuebox", str(root / "one"), "--out", str(table), "--url", url, "--detector", LITE]
    assert main(ask_words) == 1
    assert f"no server answers at {url}" in capsys.readouterr().err
    with subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as server:
        assert server.stderr
        while "Running on" not in server.stderr.readline():
            assert server.poll() is None
        try:
            assert main(ask_words) == 0
            assert capsys.readouterr().out == f"{table}\n1 uncertain (by {LITE})\n"
            assert main(ask_words) == 2
            assert "the server refused: output_file" in capsys.readouterr().err
            rebound = requests.get(f"{url}/api/routes", headers={"Host": "attacker.example"}, timeout=10)
            assert rebound.status_code == 400
            assert main([*words[3:5], str(port)]) == 2
            assert f"port {port} of 127.0.0.1 cannot be used" in capsys.readouterr().err
        finally:
            server.terminate()  # an interrupt is ignored where the suite runs in the background


def test_the_client_takes_paths_from_where_it_stands(
    url: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    answered = ask(url, Path("one"), Path("here.csv"), LITE, Path("other"), cropped=True)
    (row,) = rows(answered.table)
    assert row["weights"] == read_manifest(root / "other")[LITE].sha256[:12]
    assert row["faces"] == "1"
