"""Binder gets what a local reader gets: Python, the same versions, the package."""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def requirements(path):
    """Return the requirement lines of a file, without comments and options."""
    lines = [line.split("#")[0].strip() for line in path.read_text().splitlines()]
    return {line for line in lines if line and not line.startswith("-")}


def test_binder_asks_for_the_versions_that_readers_get():
    assert requirements(ROOT / "binder/requirements.txt") < requirements(ROOT / "requirements.txt")


def test_the_package_asks_for_the_versions_that_readers_get():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(project["dependencies"]) < requirements(ROOT / "requirements.txt")


def test_repo2docker_plans_the_build():
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "."]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    plan = done.stdout + done.stderr
    assert done.returncode == 0, plan
    assert "Building conda environment for python=3.13" in plan
    third_party = plan.index('pip install --no-cache-dir -r "binder/requirements.txt"')
    whole_project = plan.index("COPY --chown=0:0 src/ ")
    assert third_party < whole_project < plan.index("RUN ./binder/postBuild")
