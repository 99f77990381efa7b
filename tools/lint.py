"""What ruff and mypy do not look at: size of modules, requirements, machine paths, README and CI.

Usage: python tools/lint.py. A line for each fault; exit status 1 where there is one.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST_MODULE = 320
MEDIAN_MODULE = 130
"""Lines; the median of the package is over it, packages' `__init__` not counted."""
MOST_MODULES = {"evaluate": 19, "train": 21}
"""Modules of a room, `__init__` not counted: where it fills up, a subject wants a room of its own."""
TEST_SHARE = 0.6
"""Lines of tests for each line of the package, at least."""
FORBIDDEN_NAMES = ("utils", "helpers", "common", "base", "manager")
LARGEST_FILE = 1_300_000
"""Bytes of a file outside the folder of weights."""
README_LINES = 150
EXTRAS = ("data", "dev", "export", "mcp", "provenance", "rescuebox", "train")
OF_THE_PAGE = "openvino"
"""The extra without which all runs, but slower: a Space, which knows requirements.txt only, has it."""
REQUIREMENTS = ("requirements.txt", *(f"requirements-{extra}.txt" for extra in EXTRAS))
ZEROGPU = ("torch>=2.8,<2.14", "torchvision>=0.23,<0.29")
"""What a Space on ZeroGPU has must lie in these ranges."""
START = "pip install -r requirements.txt -c constraints.txt && python app.py"
TEST = "pip install -r requirements-dev.txt -c constraints.txt && pytest"
"""The two commands that README gives."""
CONTAINER = (r"^USER user$", r"^EXPOSE 7860$", r"^HEALTHCHECK", r"-c constraints\.txt")
"""The container of the page listens, checks itself, has the exact versions and is not root."""
CITED = (
    "Detecting Deepfakes with Self-Blended Images",
    "Face X-ray for More General Face Forgery Detection",
)
HOSTS = [
    ".".join(parts)
    for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("deb", "debian", "org"))
]
PLACES = [
    "/" + "/".join(parts) + "/"
    for parts in (("work", "main"), ("work", "shared"), ("root", "venv"), ("root", ".cache"), ("opt", "pypi"))
]
"""Registries, and places of one machine, put together here so that this file does not name them."""

Rule = Callable[[Path], Iterator[str]]


def text(path: Path) -> str:
    """What a file says."""
    return path.read_text(encoding="utf-8")


def line_count(path: Path) -> int:
    """Lines of a file."""
    return len(text(path).splitlines())


def requirement_lines(path: Path) -> list[str]:
    """Lines of a requirements file without comments."""
    lines = (line.strip() for line in text(path).splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def exact_versions(root: Path) -> dict[str, str]:
    """Versions of the constraints by the name of the package."""
    return dict(line.split("==") for line in requirement_lines(root / "constraints.txt"))


def tracked_files(root: Path) -> list[Path]:
    """What is in git, or would be; all files where `root` is not a checkout."""
    words = ["git", "ls-files", "-co", "--exclude-standard"]
    done = subprocess.run(words, cwd=root, capture_output=True, text=True)
    paths = map(root.joinpath, done.stdout.splitlines()) if done.returncode == 0 else root.rglob("*")
    return [path for path in paths if path.is_file()]


def modules(root: Path) -> Iterator[str]:
    """No module is too long or has a name that says nothing; the median is no fragment; tests keep up."""
    package = sorted((root / "detector").rglob("*.py"))
    for module in [*package, root / "app.py", *sorted((root / "tools").glob("*.py"))]:
        if line_count(module) > LONGEST_MODULE:
            yield f"{module.relative_to(root)}: {line_count(module)} lines, {LONGEST_MODULE} at most"
        if module.stem in FORBIDDEN_NAMES:
            yield f"{module.relative_to(root)}: a name that says nothing of the subject"
    for room, most in MOST_MODULES.items():
        count = sum(module.name != "__init__.py" for module in (root / "detector" / room).rglob("*.py"))
        if count > most:
            yield f"detector/{room}: {count} modules, {most} at most"
    median = statistics.median(line_count(module) for module in package if module.name != "__init__.py")
    if median <= MEDIAN_MODULE:
        yield f"detector: the median module has {median:.0f} lines, over {MEDIAN_MODULE} are wanted"
    tests, lines = (sum(map(line_count, paths)) for paths in ((root / "tests").rglob("*.py"), package))
    if tests < TEST_SHARE * lines:
        yield f"tests: {tests} lines for {lines} of the package, {TEST_SHARE} a line are wanted"


def requirements(root: Path) -> Iterator[str]:
    """Requirements are ranges, each with its exact version, and what the package asks for."""
    exact = exact_versions(root)
    for name in REQUIREMENTS:
        for line in requirement_lines(root / name):
            if line.startswith("-r ") and line[3:] in REQUIREMENTS:
                continue
            if not re.fullmatch(r"[\w.-]+>=[\w.]+,<[\w.]+", line):
                yield f"{name}: {line} needs a lower and an upper bound, and no exact version"
            if re.split("[<>=]", line)[0].lower().replace("_", "-") not in exact:
                yield f"{name}: {line} has no exact version in constraints.txt"
    for line in ZEROGPU:
        if line not in requirement_lines(root / "requirements.txt"):
            yield f"requirements.txt: {line} is missing, the range that has what ZeroGPU has"
    project = tomllib.loads(text(root / "pyproject.toml"))["project"]
    extras = project["optional-dependencies"]
    of_the_page = [*project["dependencies"], *extras.get(OF_THE_PAGE, [])]
    if sorted(of_the_page) != sorted(requirement_lines(root / "requirements.txt")):
        yield (
            "pyproject.toml: dependencies are not the lines of requirements.txt, with those of the extra"
            f" {OF_THE_PAGE} among them"
        )
    for extra, wanted in extras.items():
        if extra == OF_THE_PAGE:
            continue
        lines = requirement_lines(root / f"requirements-{extra}.txt")
        if wanted != [line for line in lines if not line.startswith("-r ")]:
            yield f"pyproject.toml: the extra {extra} has not the lines of requirements-{extra}.txt"


def constraints(root: Path) -> Iterator[str]:
    """Exact versions fit a CPU and a CUDA build, are sorted, and ask for no second framework."""
    exact = exact_versions(root)
    if list(exact) != sorted(exact):
        yield "constraints.txt: not sorted by name"
    for name, version in exact.items():
        if "+" in version:
            yield f"constraints.txt: {name}=={version} names one build; leave out what follows the +"
        if name.startswith(("tensorflow", "keras")):
            yield f"constraints.txt: {name}, where torch does everything"


def files(root: Path) -> Iterator[str]:
    """No file but weights is large, and none names a registry or a place of one machine."""
    for path in tracked_files(root):
        name = path.relative_to(root).as_posix()
        content = path.read_bytes()
        if len(content) > LARGEST_FILE and not name.startswith("weights/"):
            yield f"{name}: {len(content):,} bytes, {LARGEST_FILE:,} at most outside weights"
        if b"\0" not in content[:8000]:
            for word in HOSTS + PLACES:
                if word.encode() in content:
                    yield f"{name}: names {word}"


def doors(root: Path) -> Iterator[str]:
    """README is short and gives the commands that CI runs; the front matter and the container fit."""
    readme, ci = text(root / "README.md"), text(root / ".ci" / "run")
    _, front, body = readme.split("---\n", 2)
    if len(body.splitlines()) > README_LINES:
        yield f"README.md: {len(body.splitlines())} lines, {README_LINES} at most"
    for command in (START, TEST):
        if command not in readme.splitlines():
            yield f"README.md: the line {command} is missing"
    install, test = TEST.split(" && ")
    lines = [line.strip() for line in ci.splitlines()]
    if install.replace("pip install", "pip install --quiet") not in lines or not lines[-1].startswith(test):
        yield ".ci/run: does not install as README says, or does not end with the tests"
    if not (root / ".ci" / "run").stat().st_mode & 0o111:
        yield ".ci/run: cannot be executed"
    facts = dict(line.split(": ", 1) for line in front.splitlines())
    wanted = {"sdk": "gradio", "sdk_version": exact_versions(root)["gradio"], "app_file": "app.py"}
    for key, value in {**wanted, "python_version": '"3.12"'}.items():
        if facts.get(key) != value:
            yield f"README.md: {key} of the front matter is not {value}"
    for title in CITED:
        if title not in readme:
            yield f"README.md: does not cite {title}"
    container = text(root / "Dockerfile")
    for pattern in CONTAINER:
        if not re.search(pattern, container, re.MULTILINE):
            yield f"Dockerfile: nothing matches {pattern}"


def links(root: Path) -> Iterator[str]:
    """Every relative link of a Markdown page leads somewhere."""
    for page in tracked_files(root):
        if page.suffix == ".md":
            for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text(page)):
                if not re.match(r"[a-z]+:", target) and not (page.parent / target).exists():
                    yield f"{page.relative_to(root)}: {target} does not exist"


RULES: tuple[Rule, ...] = (modules, requirements, constraints, files, doors, links)


def main() -> int:
    """Print every fault; 1 where there is one."""
    faults = [f"{rule.__name__}: {fault}" for rule in RULES for fault in rule(ROOT)]
    print(*faults, sep="\n", file=sys.stderr, end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
