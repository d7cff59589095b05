"""How much of the live figure's JavaScript the browser tests run.

Run: python tests/browser/javascript.py

It runs the tests of this folder while Chromium counts, and lists the lines of which some part never
ran: a branch not taken counts, even where the rest of its line did run. The browser runs all
modules joined into one text; what it counts is told line by line of the modules themselves.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from uuid import uuid4

from optim_lib.live import javascript

ROOT = Path(__file__).parents[2]
LIVE = ROOT / "optim_lib" / "live"
HOSTS = "anywidget", "page"
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
    lengths = {len(javascript(host)) for host in HOSTS}
    ours = [script for script in scripts if script["functions"] and len(counted(script)) in lengths]
    Path(os.environ[FOLDER], f"{uuid4()}.json").write_text(json.dumps(ours))


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
    """Number the lines of a text of which a part never ran; a script is known by its length."""
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


def sources_of(text):
    """Tell for each line of a joined text of which module's which line it is, by number."""
    joined, found = text.splitlines(), {}
    begin = next(i for i, line in enumerate(joined) if line.startswith("// "))
    for path in in_order(text):
        at = begin
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            bare = re.sub(r"^export ", "", line)
            if at < len(joined) and joined[at] == bare:
                at += 1
                found[at] = path.name, number
            elif not line.startswith(("import ", "export default")):
                assert not line.strip(), f"{path.name}:{number} is not in the joined text"
        begin = at
        while begin < len(joined) and not joined[begin].strip():
            begin += 1
    return found


def in_order(text):
    """Return the modules in the order in which the text has them: by their first lines."""
    firsts = {path: path.read_text("utf-8").splitlines()[0] for path in LIVE.glob("*.js")}
    begins = {text.find(first): path for path, first in firsts.items()}
    return [begins[at] for at in sorted(begins) if at >= 0]


def main():
    """Run the tests and print what they leave out."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pytest", "-q", Path(__file__).parent]
        environment = os.environ | {FOLDER: folder}
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        scripts = [s for path in Path(folder).iterdir() for s in json.loads(path.read_text())]
    # A line that ran in one host has run.
    missed, ran = set(), set()
    for text in map(javascript, HOSTS):
        sources, left_out = sources_of(text), set(missed_lines(text, scripts))
        missed |= {place for line, place in sources.items() if line in left_out}
        ran |= {place for line, place in sources.items() if line not in left_out}
    for path in sorted(LIVE.glob("*.js")):
        lines = path.read_text("utf-8").splitlines()
        numbers = [n for n in range(1, len(lines) + 1) if (path.name, n) in missed - ran]
        filled = sum(bool(line.strip()) for line in lines)
        print(f"{path.name}: {1 - len(numbers) / filled:.1%} of {filled} lines run in every part")
        for number in numbers:
            print(f"  {number:4}  {lines[number - 1].strip()}")


if __name__ == "__main__":
    main()
