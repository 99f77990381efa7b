"""The repository's own lint: a small tree in which all is well, and one fault of each kind put into it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tools.lint import CITED, RULES, START, TEST, ZEROGPU

FRONT = '---\nsdk: gradio\nsdk_version: 6.0.0\napp_file: app.py\npython_version: "3.12"\n---\n'
PROJECT = """\
[project]
dependencies = ["gradio>=6,<7", "torch>=2.8,<2.14", "torchvision>=0.23,<0.29"]
[project.optional-dependencies]
data = ["pyarrow>=18,<27"]
openvino = ["onnx>=1,<2"]
train = ["tqdm>=4,<5"]
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository without a fault."""
    files = {
        "detector/media.py": "line = 1\n" * 150,
        "tests/test_media.py": "line = 1\n" * 100,
        "app.py": "line = 1\n",
        "tools/measure.py": "line = 1\n",
        "weights/large.bin": "0" * 2_000_000,
        "requirements.txt": "\n".join(["# what runs", "gradio>=6,<7", "onnx>=1,<2", *ZEROGPU, ""]),
        "requirements-dev.txt": "-r requirements.txt\nFace_Models>=1,<2\n",
        "requirements-data.txt": "-r requirements.txt\npyarrow>=18,<27\n",
        "requirements-export.txt": "-r requirements.txt\npyarrow>=18,<27\n",
        "requirements-mcp.txt": "-r requirements.txt\npyarrow>=18,<27\n",
        "requirements-provenance.txt": "-r requirements.txt\npyarrow>=18,<27\n",
        "requirements-rescuebox.txt": "-r requirements.txt\npyarrow>=18,<27\n",
        "requirements-train.txt": "-r requirements.txt\ntqdm>=4,<5\n",
        "constraints.txt": "face-models==1.1\ngradio==6.0.0\nonnx==1.1\npyarrow==26.0\n"
        "torch==2.13.0\ntorchvision==0.28.0\ntqdm==4.1\n",
        "pyproject.toml": PROJECT,
        "README.md": "\n".join([FRONT, *CITED, START, TEST, "[how](docs/how.md#part)", ""]),
        "docs/how.md": "[back](../README.md) [elsewhere](https://example.com/none)\n",
        "Dockerfile": "RUN pip install -c constraints.txt\nUSER user\nEXPOSE 7860\nHEALTHCHECK CMD true\n",
        ".ci/run": "  pip install --quiet -r requirements-dev.txt -c constraints.txt\npytest -n 2\n",
    }
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    (tmp_path / ".ci" / "run").chmod(0o755)
    return tmp_path


def faults_of(tree: Path) -> list[str]:
    return [fault for rule in RULES for fault in rule(tree)]


def test_a_tree_in_which_all_is_well_has_no_fault(tree: Path) -> None:
    assert faults_of(tree) == []


Change = Callable[[str], str]


@pytest.mark.fidelity("0-22", "0-25", "1-23")
@pytest.mark.parametrize(
    ("name", "change", "fault"),
    [
        ("detector/media.py", lambda said: "line = 1\n" * 321, "detector/media.py: 321 lines"),
        ("app.py", lambda said: "line = 1\n" * 321, "app.py: 321 lines"),
        ("tools/utils.py", lambda said: said, "tools/utils.py: a name that says nothing"),
        ("detector/media.py", lambda said: "line = 1\n" * 60, "the median module has 60 lines"),
        ("tests/test_media.py", lambda said: "line = 1\n" * 80, "80 lines for 150 of the package"),
        ("requirements-train.txt", lambda said: said + "wandb==1\n", "wandb==1 needs a lower and an upper"),
        ("requirements-dev.txt", lambda said: said + "ruff>=1,<2\n", "ruff>=1,<2 has no exact version"),
        ("requirements-dev.txt", lambda said: said + "-r else.txt\n", "-r else.txt needs a lower"),
        ("requirements.txt", lambda said: said.replace("<2.14", "<3"), "torch>=2.8,<2.14 is missing"),
        ("requirements.txt", lambda said: said + "tqdm>=4,<5\n", "dependencies are not the lines"),
        ("requirements-train.txt", lambda said: said.replace("<5", "<6"), "the extra train has not"),
        ("constraints.txt", lambda said: said.replace("2.13.0", "2.13.0+cpu"), "names one build"),
        ("constraints.txt", lambda said: said + "keras==3\n", "keras, where torch does everything"),
        ("constraints.txt", lambda said: said + "av==18\n", "not sorted"),
        ("docs/large.txt", lambda said: "0" * 1_400_000, "docs/large.txt: 1,400,000 bytes"),
        ("docs/how.md", lambda said: said + "/".join(["", "root", "venv", ""]), "names /root"),
        ("docs/how.md", lambda said: said + ".".join(["files.pythonhosted", "org"]), "names pythonhosted"),
        ("docs/how.md", lambda said: said + "[lost](lost.md)", "docs/how.md: lost.md does not exist"),
        ("README.md", lambda said: said + "line\n" * 150, "150 at most"),
        ("README.md", lambda said: said.replace(START, ""), "app.py is missing"),
        ("README.md", lambda said: said.replace(CITED[1], ""), "does not cite Face X-ray"),
        ("README.md", lambda said: said.replace("6.0.0", "5.0.0"), "sdk_version of the front matter is not"),
        ("Dockerfile", lambda said: said.replace("USER user\n", ""), "nothing matches ^USER user$"),
        (".ci/run", lambda said: said + "rm -r cache\n", "does not end with the tests"),
        (".ci/run", lambda said: said.replace("-c constraints.txt", ""), "does not install as README says"),
    ],
)  # fmt: skip
def test_a_fault_is_named(tree: Path, name: str, change: Change, fault: str) -> None:
    path = tree / name
    path.write_text(change(path.read_text() if path.exists() else ""))
    assert any(fault in line for line in faults_of(tree))


def test_a_ci_that_cannot_be_executed_is_a_fault(tree: Path) -> None:
    (tree / ".ci" / "run").chmod(0o644)
    assert faults_of(tree) == [".ci/run: cannot be executed"]


def test_a_room_that_is_full_is_a_fault(tree: Path) -> None:
    room = tree / "detector" / "evaluate"
    room.mkdir()
    for number in range(20):
        (room / f"subject{number}.py").write_text("line = 1\n" * 150)
    (tree / "tests" / "test_evaluate.py").write_text("line = 1\n" * 3000)
    assert faults_of(tree) == ["detector/evaluate: 20 modules, 19 at most"]
