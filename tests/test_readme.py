"""README tells the truth: its code runs, its commands are those of CI, its links lead somewhere."""

import importlib.util
import re
from pathlib import Path

import nbformat
import pytest

from optim_lib import descend

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("notebooks", ROOT / "tools/notebooks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_its_code_runs():
    names = {}
    for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
        exec(block, names)
    run = descend(names["waves"], names["SignDescent"](lr=0.01), steps=400)
    # It ends bouncing within one step of a minimum of each coordinate.
    assert abs(run.x[-1, 1]) <= 0.01
    assert abs(run.x[-1] - run.x[-3]).max() < 1e-12


def test_ci_runs_its_second_command():
    commands = [block.strip() for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)]
    assert commands[1] in (ROOT / ".ci/run").read_text().splitlines()


def test_its_map_shows_every_lesson():
    listed = re.findall(r"^\| \[.*?\]\(notebooks/(.*?)\)", README, re.MULTILINE)
    assert listed == [path.name for path in NOTEBOOKS]


def test_its_links_lead_somewhere():
    for target in re.findall(r"\]\((?!https?://)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_links_to_the_repository_come_from_one_place(tool):
    texts = [README] + [
        cell.source
        for path in NOTEBOOKS
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "markdown"
    ]
    assert sum(len(tool.LINK.findall(text)) for text in texts) >= 2 + len(NOTEBOOKS)
    for text in texts:
        assert tool.set_links(text) == text


def test_setting_links_reaches_each_kind_of_link(tool, monkeypatch):
    monkeypatch.setattr(tool, "repository", lambda: ("ada", "lessons"))
    badge = "https://mybinder.org/v2/gh/x/y/HEAD?urlpath=lab"
    puller = "git-pull?repo=https%3A%2F%2Fgithub.com%2Fx%2Fy&targetpath=z"
    assert tool.set_links(badge) == "https://mybinder.org/v2/gh/ada/lessons/HEAD?urlpath=lab"
    expected = "git-pull?repo=https%3A%2F%2Fgithub.com%2Fada%2Flessons&targetpath=z"
    assert tool.set_links(puller) == expected
