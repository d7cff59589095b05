"""What the tests need besides Python: found, or the test is skipped; in CI it must be there."""

import glob
import os
import shutil
from pathlib import Path

import pytest

JAVASCRIPT = Path(__file__).parents[1] / "javascript"


def need(found, what):
    """Return what was found; else skip the test, or in CI fail it."""
    if found:
        return found
    if os.environ.get("CI"):
        pytest.fail(f"in CI this must be there: {what}", pytrace=False)
    return pytest.skip(f"this test needs {what}")


def first_on_path(*names):
    return next(filter(None, map(shutil.which, names)), None)


def chromium():
    found = first_on_path("chromium", "chromium-browser", "google-chrome")
    return need(found, "Chromium or Chrome on the path")


def firefox():
    return need(first_on_path("firefox-esr", "firefox"), "Firefox on the path")


def minibrowser():
    """Return WebKitGTK's own browser, its driver and a screen without a monitor."""
    found = glob.glob("/usr/lib/*/webkit2gtk-4.1/MiniBrowser")
    need(found and shutil.which("WebKitWebDriver"), "webkit2gtk-driver and its MiniBrowser")
    need(shutil.which("Xvfb"), "Xvfb")
    return found[0]


def node():
    return need(shutil.which("node"), "Node.js on the path")


def npm_package(name):
    """Return the folder of a package that `npm install` in tests/javascript installs."""
    folder = JAVASCRIPT / "node_modules" / name
    return need(folder.is_dir() and folder, f"`npm install` in tests/javascript, for {name}")
