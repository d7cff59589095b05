"""Running a lesson is safe: no text is run as code, and nothing is fetched."""

import ast
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
LESSONS = sorted((ROOT / "notebooks").rglob("*.ipynb"))
SOURCES = sorted((ROOT / "optim_lib").rglob("*.py"))
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_MODULES = {
    *("ctypes", "ftplib", "http", "marshal", "os", "pickle", "requests", "shelve", "shutil"),
    *("smtplib", "socket", "ssl", "subprocess", "urllib", "webbrowser"),
}


def code_of(path):
    if path.suffix == ".py":
        return path.read_text()
    cells = nbformat.read(path, as_version=4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "code")


def dangers(code):
    """Return what runs text, opens a pickle, fetches, or reaches outside of the lesson."""
    found = []
    for node in ast.walk(ast.parse(code)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS:
                found.append(node.func.id)
            found += [k.arg for k in node.keywords if k.arg == "allow_pickle"]
        found += [name for name in names if name.split(".")[0] in FORBIDDEN_MODULES]
    return found


@pytest.mark.parametrize("path", [*SOURCES, *LESSONS], ids=lambda path: path.name)
def test_nothing_runs_text_or_reaches_outside(path):
    assert dangers(code_of(path)) == []


@pytest.mark.parametrize(
    "code",
    ["eval('1')", "import urllib.request", "from pickle import load", "f(x, allow_pickle=True)"],
)
def test_the_check_sees_a_danger(code):
    assert len(dangers(code)) == 1
