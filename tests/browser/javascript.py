"""How much of the live figure's JavaScript the browser tests run.

Run: python tests/browser/javascript.py

It runs the tests of this folder while Chromium counts, and lists the lines of which some part never
ran: a branch not taken counts, even where the rest of its line did run.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from uuid import uuid4

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "optim_lib").glob("*.js"))
FOLDER = "JAVASCRIPT_COVERAGE"  # the variable that names where the counts go


def watch(page):
    """Let the browser count what runs on a page, if counts are asked for."""
    if FOLDER not in os.environ:
        return None
    session = page.context.new_cdp_session(page)
    session.send("Profiler.enable")
    session.send("Profiler.startPreciseCoverage", {"callCount": True, "detailed": True})
    return session


def note(session):
    """Write down what was counted on a page that is about to close."""
    if session is None:
        return
    scripts = session.send("Profiler.takePreciseCoverage")["result"]
    widgets = [script for script in scripts if script["url"].startswith("blob:")]
    Path(os.environ[FOLDER], f"{uuid4()}.json").write_text(json.dumps(widgets))


def counted(script):
    """Return how often each character of a script ran; inner ranges lie on the outer ones."""
    ranges = [r for function in script["functions"] for r in function["ranges"]]
    ranges.sort(key=lambda r: (r["startOffset"], -r["endOffset"]))
    counts = [0] * ranges[0]["endOffset"]
    for r in ranges:
        begin, end = r["startOffset"], r["endOffset"]
        counts[begin:end] = [r["count"]] * (end - begin)
    return counts


def missed_lines(text, scripts):
    """Number the lines of which a part never ran; a script is known by its length."""
    runs = [counts for counts in map(counted, scripts) if len(counts) == len(text)]
    assert runs, "no test has loaded this script"
    ran = [any(counts) for counts in zip(*runs, strict=True)]
    missed, begin = [], 0
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        part = zip(line, ran[begin : begin + len(line)], strict=True)
        if any(not r and c not in " \n)}];," for c, r in part):
            missed.append(number)
        begin += len(line)
    return missed


def main():
    """Run the tests and print what they leave out."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pytest", "-q", Path(__file__).parent]
        environment = os.environ | {FOLDER: folder}
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        scripts = [s for path in Path(folder).iterdir() for s in json.loads(path.read_text())]
    for source in SOURCES:
        text = source.read_text("utf-8")
        lines = text.splitlines()
        missed = missed_lines(text, scripts)
        filled = sum(bool(line.strip()) for line in lines)
        print(f"{source.name}: {1 - len(missed) / filled:.1%} of {filled} lines run in every part")
        for number in missed:
            print(f"  {number:4}  {lines[number - 1].strip()}")


if __name__ == "__main__":
    main()
