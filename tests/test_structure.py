"""The shape of the repository: sizes, layers, requirements, and that README says what CI does."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted((ROOT / "detector").rglob("*.py")) + [ROOT / "app.py"]
LONGEST_MODULE = 320
LONGEST_BODY = 40
LONG_BODIES: frozenset[str] = frozenset()
"""Functions that may have more statements, each with its reason."""
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt", "requirements-train.txt")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def called(module: Path) -> str:
    return str(module.relative_to(ROOT))


def tracked_files() -> list[Path]:
    """What is in git, or would be; elsewhere than in a checkout the test is skipped."""
    done = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip("not a git checkout")
    return [path for path in map(ROOT.joinpath, done.stdout.splitlines()) if path.is_file()]


def requirement_lines(name: str) -> list[str]:
    lines = (line.strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def statements(function: Function) -> int:
    """Statements of the body, those of inner functions not counted."""
    waiting, count = list(function.body), 0
    while waiting:
        node = waiting.pop()
        count += isinstance(node, ast.stmt)
        if not isinstance(node, Function | ast.ClassDef):
            waiting += [
                child
                for child in ast.iter_child_nodes(node)
                if isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case)
            ]
    return count


@pytest.mark.parametrize("module", MODULES, ids=called)
def test_no_module_is_too_long(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE


@pytest.mark.parametrize("module", MODULES, ids=called)
def test_no_body_has_too_many_statements(module: Path) -> None:
    functions = [
        node for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))) if isinstance(node, Function)
    ]
    assert [
        one.name for one in functions if statements(one) > LONGEST_BODY and one.name not in LONG_BODIES
    ] == []


@pytest.mark.parametrize("module", MODULES, ids=called)
def test_every_module_says_what_it_is(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text))
    assert module.stem not in ("utils", "helpers", "common", "base", "manager")


def test_counting_statements_knows_what_a_statement_is() -> None:
    source = "def f():\n  if a:\n    b = 1\n  else:\n    c = 2\n  def g():\n    d = 3\n  return b\n"
    (function,) = ast.parse(source).body
    assert isinstance(function, ast.FunctionDef)
    assert statements(function) == 5  # if, two assignments, the inner def, return


def test_nothing_imports_upward() -> None:
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_requirements_are_ranges(name: str) -> None:
    for line in requirement_lines(name):
        if line.startswith("-"):
            assert line == "-r requirements.txt"
            continue
        assert re.fullmatch(r"[\w.-]+>=[\w.]+,<[\w.]+", line), (
            f"{line}: a lower and an upper bound are needed, and no exact version"
        )


def test_requirements_take_what_zerogpu_has() -> None:
    lines = requirement_lines("requirements.txt")
    assert "torch>=2.8,<2.14" in lines
    assert "torchvision>=0.23,<0.29" in lines


@pytest.mark.fidelity("3-18")
def test_every_requirement_has_its_exact_version_in_the_constraints() -> None:
    exact = dict(line.split("==") for line in requirement_lines("constraints.txt"))
    named = {
        re.split("[<>]", line)[0].lower().replace("_", "-")
        for name in REQUIREMENTS
        for line in requirement_lines(name)
        if line[0] != "-"
    }
    assert named - exact.keys() == set()
    assert exact["torch"] == "2.13.0"  # without +cpu, so that it names the CUDA build too
    assert not any("+" in version for version in exact.values())


@pytest.mark.fidelity("1-23")
def test_nothing_asks_for_tensorflow() -> None:
    names = [line.split("==")[0] for line in requirement_lines("constraints.txt")]
    assert not [name for name in names if name.startswith(("tensorflow", "keras"))]


@pytest.mark.fidelity("0-22", "3-18")
def test_the_container_listens_checks_itself_and_is_not_root() -> None:
    container = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^USER user$", container, re.MULTILINE)
    assert re.search(r"^EXPOSE 7860$", container, re.MULTILINE)
    assert "HEALTHCHECK" in container
    assert "-c constraints.txt" in container


@pytest.mark.fidelity("0-25")
def test_readme_cites_the_method_of_the_default_and_its_masks() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "Detecting Deepfakes with Self-Blended Images" in readme
    assert "Face X-ray for More General Face Forgery Detection" in readme


def test_the_package_asks_for_what_the_requirements_ask_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["dependencies"] == requirement_lines("requirements.txt")
    assert ["-r requirements.txt", *project["optional-dependencies"]["train"]] == requirement_lines(
        "requirements-train.txt"
    )


def test_ci_installs_and_tests_as_readme_says() -> None:
    readme, ci = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", ".ci/run"))
    command = re.search(
        r"^pip install -r requirements-dev\.txt -c constraints\.txt && pytest$", readme, re.MULTILINE
    )
    assert command
    install, test = command.group().split(" && ")
    assert install.replace("pip install", "pip install --quiet") in map(str.strip, ci.splitlines())
    assert ci.splitlines()[-1].split()[0] == test


def test_readme_is_short_and_says_how_to_start() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(readme.splitlines()) < 200
    assert "\npip install -r requirements.txt -c constraints.txt && python app.py\n" in readme


def test_the_front_matter_names_the_gradio_of_the_constraints() -> None:
    front = (ROOT / "README.md").read_text(encoding="utf-8").split("---\n")[1]
    facts = dict(line.split(": ", 1) for line in front.splitlines())
    exact = dict(line.split("==") for line in requirement_lines("constraints.txt"))
    assert facts["sdk_version"] == exact["gradio"]
    assert (facts["sdk"], facts["app_file"], facts["python_version"]) == ("gradio", "app.py", '"3.12"')


def test_ci_can_be_run() -> None:
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111


@pytest.mark.fidelity("0-22")
def test_no_file_names_a_registry_or_a_place_of_one_machine() -> None:
    hosts = [
        ".".join(parts)
        for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("deb", "debian", "org"))
    ]
    places = [
        "/" + "/".join(parts) + "/"
        for parts in (
            ("work", "main"),
            ("work", "shared"),
            ("root", "venv"),
            ("root", ".cache"),
            ("opt", "pypi"),
        )
    ]
    named = []
    for path in tracked_files():
        content = path.read_bytes()
        if b"\0" not in content[:8000]:
            named += [
                f"{path.relative_to(ROOT)}: {word}" for word in hosts + places if word.encode() in content
            ]
    assert named == []
