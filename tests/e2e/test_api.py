"""The API and the MCP server of a running page, asked by their own clients and by the documented examples."""

from __future__ import annotations

import ast
import base64
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import msgspec
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, ImageContent, TextContent, Tool
from PIL import Image

from detector.ui.api_answers import Comparison, Explanation, Models, Report
from detector.weights import default_name, find_weights, read_manifest
from tests.conftest import ROOT
from tests.loops import run

ENDPOINTS = ["photo", "video", "compare", "explain", "models"]
EXAMPLE = re.compile(r"<!-- example: (\w+) -->\n```\w+\n(.*?)```", re.DOTALL)
DOCUMENT = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
EXAMPLES = dict(EXAMPLE.findall(DOCUMENT))
JAVASCRIPT = "@gradio/client@2.7.0"


@pytest.fixture(scope="module")
def client(server: str) -> Client:
    return Client(server, verbose=False)


def example(language: str, server: str, folder: Path) -> str:
    """What a documented example prints when it asks `server`."""
    suffix, words = {
        "python": ("py", [sys.executable]),
        "javascript": ("mjs", ["node"]),
        "curl": ("sh", ["bash"]),
    }[language]
    script = folder / f"example.{suffix}"
    script.write_text(EXAMPLES[language].replace("http://127.0.0.1:7860", server), encoding="utf-8")
    ran = subprocess.run([*words, script], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def lines_of_the_document() -> list[str]:
    return re.findall(r"```text\n(.*?)```", DOCUMENT, re.DOTALL)[0].splitlines()


def test_every_endpoint_has_a_typed_and_documented_answer(server: str) -> None:
    with urllib.request.urlopen(f"{server}/gradio_api/openapi.json") as stream:
        paths = json.load(stream)["paths"]
    called = [path.rsplit("/", 1)[1] for path in paths if "/call/v2/" in path]
    assert called == ENDPOINTS
    with urllib.request.urlopen(f"{server}/gradio_api/info") as stream:
        described = json.load(stream)["named_endpoints"]
    report = described["/photo"]["returns"][0]["type"]
    assert "lr_low" in json.dumps(report)
    assert all("description" in json.dumps(paths[f"/gradio_api/call/v2/{name}"]) for name in ENDPOINTS)


@pytest.mark.parametrize(
    ("endpoint", "file", "answer"),
    [
        ("/photo", "group.jpg", Report),
        ("/photo", "no_face.jpg", Report),
        ("/video", "clip_real.mp4", Report),
        ("/compare", "portrait_hopper.jpg", Comparison),
        ("/models", None, Models),
    ],
)
def test_an_answer_is_of_its_type(
    endpoint: str, file: str | None, answer: type, client: Client, assets: Path
) -> None:
    given = [handle_file(assets / file)] if file else []
    said = client.predict(*given, api_name=endpoint)
    msgspec.convert(said, answer)
    if answer is Comparison:
        assert {each["detector"]["name"] for each in said["answers"]} == set(read_manifest(find_weights()))
    if answer is Models:
        assert said["models"][0]["name"] == default_name(read_manifest(find_weights()))


def test_an_explanation_is_a_picture_and_words(client: Client, assets: Path) -> None:
    picture, words = client.predict(handle_file(assets / "portrait_hopper.jpg"), api_name="/explain")
    msgspec.convert(words, Explanation)
    assert words["caption"].startswith("Pushed to fake")
    with Image.open(picture) as opened:
        assert (opened.format, opened.size) == ("PNG", (480, 480))


@pytest.mark.parametrize(
    ("endpoint", "given", "title"),
    [
        ("/photo", (None,), "no_file"),
        ("/photo", ("README.md",), "unreadable"),
        ("/photo", ("assets/clip_real.mp4",), "wrong_kind"),
        ("/video", ("assets/no_face.jpg",), "wrong_kind"),
        ("/explain", ("assets/no_face.jpg",), "no_face"),
        ("/photo", ("assets/no_face.jpg", "nobody"), "unknown_detector"),
        ("/photo", ("assets/no_face.jpg", "bnext-t"), "not_trained"),
    ],
)
def test_errors_are_told_apart_by_their_title(
    endpoint: str, given: tuple[Any, ...], title: str, client: Client
) -> None:
    file, *rest = given
    with pytest.raises(AppError) as refused:
        client.predict(handle_file(ROOT / file) if file else None, *rest, api_name=endpoint)
    assert refused.value.title == title
    assert f"| `{title}` |" in DOCUMENT
    assert "\n" not in str(refused.value)


def test_the_example_in_python_prints_what_the_document_says(server: str, tmp_path: Path) -> None:
    assert example("python", server, tmp_path).splitlines() == lines_of_the_document()


def test_the_example_in_javascript_prints_the_same(server: str, tmp_path: Path) -> None:
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("no node")
    words = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(tmp_path), JAVASCRIPT]
    assert f"npm install {JAVASCRIPT}" in DOCUMENT
    if subprocess.run(words, capture_output=True, timeout=120).returncode:
        pytest.skip("the client for JavaScript cannot be installed")
    assert example("javascript", server, tmp_path).splitlines() == lines_of_the_document()


def test_the_example_with_curl_gets_the_report(server: str, tmp_path: Path) -> None:
    event, data = example("curl", server, tmp_path).strip().splitlines()
    assert event == "event: complete"
    (report,) = json.loads(data.removeprefix("data: "))
    msgspec.convert(report, Report)
    assert report["statement"] == lines_of_the_document()[1:]


def ask_mcp(server: str, *calls: tuple[str, dict[str, Any]]) -> tuple[list[Tool], list[CallToolResult]]:
    """The tools of the server, and what it answers, by the official client, which asks for progress."""

    async def noted(progress: float, total: float | None, message: str | None) -> None:
        """Hear of progress."""

    async def ask() -> tuple[list[Tool], list[CallToolResult]]:
        configured = json.loads(re.findall(r"```json\n(.*?)```", DOCUMENT, re.DOTALL)[0])
        address = configured["mcpServers"]["unblend"]["url"].replace("http://127.0.0.1:7860", server)
        async with (
            streamable_http_client(address) as (reading, writing, _),
            ClientSession(reading, writing) as session,
        ):
            await session.initialize()
            tools = (await session.list_tools()).tools
            return tools, [
                await session.call_tool(name, given, progress_callback=noted) for name, given in calls
            ]

    return run(ask())


def report_of_mcp(answer: CallToolResult) -> dict[str, Any]:
    (content,) = answer.content
    assert isinstance(content, TextContent)
    report: dict[str, Any] = ast.literal_eval(content.text)
    return report


def test_an_assistant_finds_described_tools_and_uses_them(server: str, assets: Path, client: Client) -> None:
    portrait = assets / "portrait_hopper.jpg"
    file = "data:image/jpeg;base64," + base64.b64encode(portrait.read_bytes()).decode()
    tools, answers = ask_mcp(
        server,
        ("photo", {"file": file}),
        ("explain", {"file": file}),
        ("models", {}),
        ("photo", {"file": file, "detector": "nobody"}),
    )
    assert [tool.name for tool in tools] == ENDPOINTS
    for tool in tools:
        assert tool.description and "Returns: " in tool.description
        given = tool.inputSchema["properties"].values()
        assert all(each.get("description") for each in given)
        assert tool.inputSchema.get("required", []) == (["file"] if given else [])
    photo, explain, models, refused = answers
    report = report_of_mcp(photo)
    same = client.predict(handle_file(portrait), api_name="/photo")
    assert (report["p_fake"], report["statement"]) == (same["p_fake"], same["statement"])
    assert isinstance(explain.content[0], ImageContent)
    assert isinstance(models.content[0], TextContent)
    assert "multibranch-b4" in models.content[0].text
    assert refused.isError
    assert "no detector is called 'nobody'" in str(refused.content)


def test_serve_takes_mcp_from_the_command_line() -> None:
    words = [sys.executable, "-m", "detector", "serve", "--mcp", "--port", "0"]
    ran = subprocess.run(words, cwd=ROOT, env=os.environ, capture_output=True, text=True)
    assert ran.returncode == 2
    assert "--port is 0" in ran.stderr
