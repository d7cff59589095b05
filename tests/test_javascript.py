"""The JavaScript of the live figure without a browser: its own tests, its types, its lint."""

import subprocess
from pathlib import Path

from browser import parts

ROOT = Path(__file__).parents[1]


def run(*command):
    """Run a command, and show what it says where it finds something."""
    done = subprocess.run([parts.node(), *command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_modules_pass_their_tests():
    tests = sorted(parts.JAVASCRIPT.glob("*.test.mjs"))  # a folder is no argument for newer Node.js
    said = run("--test", "--test-reporter=tap", *tests)
    assert "\n# fail 0\n" in said
    assert int(said.split("\n# pass ")[1].split()[0]) >= len(tests) > 0


def test_the_types_hold():
    run(parts.npm_package("typescript") / "bin" / "tsc", "--project", parts.JAVASCRIPT)


def test_nothing_for_the_linter_to_say():
    eslint = parts.npm_package("eslint") / "bin" / "eslint.js"
    config = parts.JAVASCRIPT / "eslint.config.mjs"
    run(eslint, "--max-warnings=0", "--config", config, ROOT / "optim_lib", parts.JAVASCRIPT)
