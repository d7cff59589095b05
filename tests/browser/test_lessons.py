"""Every lesson in JupyterLab: run from the top, restart, run again; no error, the same output."""

from itertools import compress
from pathlib import Path

import nbformat
import pytest

LESSONS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
OUTPUTS = """() => window.jupyterapp.shell.currentWidget.content.widgets
    .filter(cell => cell.model.type === "code")
    .map(cell => cell.model.outputs.toJSON())"""
RESTART = """async () => {
    await window.jupyterapp.shell.currentWidget.context.sessionContext.restartKernel();
}"""


def texts(outputs):
    """Return the text of each cell's outputs, as nbval compares it; widgets have a picture."""
    return [
        "".join(
            "".join(output.get("text", output.get("data", {}).get("text/plain", "")))
            for output in cell
        )
        for cell in outputs
    ]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_runs_and_runs_again(browse, lesson):
    cells = nbformat.read(lesson, as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    stored = texts([cell.outputs for cell in code])
    exact = ["nbval-ignore-output" not in cell.metadata.get("tags", []) for cell in code]
    notebook = browse("lab", lesson)
    for again in (False, True):
        if again:
            notebook.page.evaluate(RESTART)
        notebook.run_all(timeout=180)
        outputs = notebook.page.evaluate(OUTPUTS)
        kinds = {(o["output_type"], o.get("name")) for cell in outputs for o in cell}
        assert not [kind for kind in kinds if kind[0] == "error" or kind[1] == "stderr"]
        assert list(compress(texts(outputs), exact)) == list(compress(stored, exact))
    figures = notebook.page.locator(".optim-explorer")
    for number in range(figures.count()):
        notebook.figure(number)
    assert figures.count() > 0
    assert notebook.errors == []
