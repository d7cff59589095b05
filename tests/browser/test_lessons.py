"""Lessons side by side in one JupyterLab; one of them again, after a restart of its kernel.

The numbers of every lesson are compared by nbval, and its figures live in the tests of the book.
"""

import shutil
from itertools import compress
from pathlib import Path

import nbformat
import pytest

from browser.test_load import GIVEN_UP

LESSONS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))[::3]
OPEN = """async paths => {
    window.panels = {};
    for (const path of paths) {
        const panel = await window.jupyterapp.commands.execute("docmanager:open", { path });
        await panel.sessionContext.ready;
        window.panels[path] = panel;
    }
}"""
ACTIVATE = """async path => {
    const { shell } = window.jupyterapp;
    shell.activateById(window.panels[path].id);
    while (shell.currentWidget !== window.panels[path]) await new Promise(requestAnimationFrame);
}"""
START = """path => {
    window.running.add(path);
    window.jupyterapp.commands.execute("notebook:run-all-cells")
        .then(() => window.running.delete(path));
}"""
RESTART = "path => window.panels[path].sessionContext.restartKernel()"
OUTPUTS = """path => window.panels[path].content.widgets
    .filter(cell => cell.model.type === "code")
    .map(cell => cell.model.outputs.toJSON())"""


def texts(outputs):
    """Return the text of each cell's outputs, as nbval compares it; widgets have a picture."""
    return [
        "".join(
            "".join(output.get("text", output.get("data", {}).get("text/plain", "")))
            for output in cell
        )
        for cell in outputs
    ]


def run_at_once(page, lessons):
    """Run lessons from their tops, none waiting for another, and return their outputs."""
    page.evaluate("window.running = new Set()")
    for lesson in lessons:
        page.evaluate(ACTIVATE, lesson.name)
        page.evaluate(START, lesson.name)
    assert page.evaluate("window.running.size") >= min(2, len(lessons))
    page.wait_for_function("window.running.size === 0", timeout=400_000)
    return {lesson: page.evaluate(OUTPUTS, lesson.name) for lesson in lessons}


@pytest.fixture(scope="module")
def together(open_notebook, server):
    """One JupyterLab with a tab for each lesson, and the outputs of their run."""
    _, folder = server
    for lesson in LESSONS:
        shutil.copy(lesson, folder)
    notebook = open_notebook("lab", ["# the first tab"])
    notebook.page.evaluate(OPEN, [lesson.name for lesson in LESSONS])
    yield notebook, run_at_once(notebook.page, LESSONS)
    notebook.close()


def holds_what_is_stored(notebook, lesson, outputs):
    """Assert that a lesson printed what is stored, and that all its figures live."""
    cells = nbformat.read(lesson, as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    exact = ["nbval-ignore-output" not in cell.metadata.get("tags", []) for cell in code]
    stored = list(compress(texts([cell.outputs for cell in code]), exact))
    kinds = {(o["output_type"], o.get("name")) for cell in outputs for o in cell}
    assert not [kind for kind in kinds if kind[0] == "error" or kind[1] == "stderr"]
    assert list(compress(texts(outputs), exact)) == stored
    notebook.page.evaluate(ACTIVATE, lesson.name)
    figures = notebook.page.locator(".optim-explorer:visible").count()
    assert figures > 0
    for number in range(figures):
        notebook.figure(number)
    # Several lessons at once may keep the page from loading a view in anywidget's two seconds.
    assert set(notebook.errors) <= {GIVEN_UP}


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_runs_beside_the_others(together, lesson):
    notebook, outputs = together
    holds_what_is_stored(notebook, lesson, outputs[lesson])


def test_a_lesson_runs_again_after_a_restart(together):
    notebook, _ = together
    lesson = LESSONS[0]
    notebook.page.evaluate(RESTART, lesson.name)
    holds_what_is_stored(notebook, lesson, run_at_once(notebook.page, [lesson])[lesson])
