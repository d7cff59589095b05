"""The live figure's modules, alone: their own tests under Node, strict types, a linter."""

import subprocess

import pytest
from browser import parts


@pytest.mark.parametrize("script", ["test", "types", "lint"])
def test_the_modules_pass(script):
    parts.node()
    for package in ("typescript", "eslint"):
        parts.npm_package(package)
    command = ["npm", "run", "--silent", script]
    done = subprocess.run(command, cwd=parts.JAVASCRIPT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
