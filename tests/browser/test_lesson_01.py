"""Lesson 01 as a learner runs it: in JupyterLab, from the top, with a hand on the slider."""

from pathlib import Path

import pytest

LESSON = Path(__file__).parents[2] / "notebooks" / "01_gradient_descent.ipynb"
NAME = "SGD lr"


@pytest.fixture(scope="module")
def lesson(open_notebook):
    notebook = open_notebook("lab", LESSON)
    notebook.run_all(timeout=180)
    yield notebook
    notebook.close()


@pytest.fixture
def figure(lesson):
    figure = lesson.figure()
    figure.box.scroll_into_view_if_needed()
    return figure


def look(figure):
    """Return the slider's value, the path, the words, and the pixels."""
    state = figure.settle()
    value = float(figure.typed(NAME).input_value())
    assert figure.slider(NAME).get_attribute("aria-valuenow") == f"{value:g}"
    return value, state["tracks"][0]["x"], state["words"], figure.canvas.screenshot()


def assert_all_differ(before, after):
    for part, (a, b) in enumerate(zip(before, after, strict=True)):
        assert a != b, ("value", "path", "words", "pixels")[part]


def test_no_cell_ends_in_an_error_or_a_warning(lesson):
    outputs = lesson.page.evaluate(
        """() => window.jupyterapp.shell.currentWidget.content.widgets.flatMap(cell =>
            cell.model.type === "code" ? cell.model.outputs.toJSON() : [])"""
    )
    assert len(outputs) > 15
    kinds = [(o["output_type"], o.get("name")) for o in outputs]
    assert not [kind for kind in kinds if kind[0] == "error" or kind[1] == "stderr"]
    assert lesson.errors == []


def test_the_keyboard_moves_the_learning_rate(figure):
    before = look(figure)
    figure.slider(NAME).focus()
    for _ in range(5):
        figure.box.page.keyboard.press("ArrowLeft")
    after = look(figure)
    assert after[0] < before[0]
    assert_all_differ(before, after)


def test_the_mouse_moves_the_learning_rate(figure):
    before = look(figure)
    track = figure.slider(NAME).bounding_box()
    mouse, middle = figure.box.page.mouse, track["y"] + track["height"] / 2
    mouse.move(track["x"] + 0.6 * track["width"], middle)
    mouse.down()
    for part in (0.5, 0.4, 0.3):
        mouse.move(track["x"] + part * track["width"], middle)
    mouse.up()
    after = look(figure)
    assert after[0] < before[0]
    assert_all_differ(before, after)
