"""The book, made once for all tests that look at it."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from browser import parts

ROOT = Path(__file__).parents[1]


def make_book(folder):
    """Make the book as its reader would, with its own command."""
    command = [sys.executable, ROOT / "book" / "build.py", folder]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    assert "WARNING" not in made.stderr
    return folder


@pytest.fixture(scope="session")
def book(tmp_path_factory):
    """The folder of the book."""
    names = "sphinx", "myst_nb", "sphinx_book_theme", "latex2mathml"
    installed = all(importlib.util.find_spec(name) for name in names)
    parts.need(installed, "pip install -r book/requirements.txt")
    return make_book(tmp_path_factory.mktemp("book") / "site")
