"""The notebooks are committed as they should be read: run, whole, and free of machine traces."""

import copy
import importlib.util
import itertools
import json
import os
import re
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.rglob("*.ipynb"))
MAX_BYTES = 1_000_000
MAX_LINES = 25
TRACES = {
    "an object's address": r"\b0x[0-9a-f]{6,}",
    "a path of a machine": r"/(?:home|root|Users|tmp|work)/",
    "a NumPy scalar's repr": r"np\.(?:float|int|bool_?)\d*\(",
    "a negative zero": r"(?<![\w.])-0(?:\.0+)?(?![\w.])",
}
CLOCKS = re.compile(r"^\s*(?:import|from) (?:time|timeit|datetime)\b|^\s*%+time", re.MULTILINE)
LIVE = re.compile(r"^(?:(\w+) = )?Explorer\(", re.MULTILINE)


def faults(notebook):
    """Return what is wrong with a notebook, as sentences."""
    found = []
    code = [c for c in notebook.cells if c.cell_type == "code" and c.source.strip()]
    live = {name for cell in code for name in LIVE.findall(cell.source) if name}
    if [c.execution_count for c in code] != list(range(1, len(code) + 1)):
        found.append("its cells were not run once each, from the top")
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        found.append("its kernel is not python3")
    if "widgets" in notebook.metadata or any("execution" in c.metadata for c in notebook.cells):
        found.append("it holds widget state or timings")
    for cell in code:
        first = cell.source.splitlines()[0]
        allowed = "raises-exception" in cell.metadata.get("tags", [])
        for output in cell.outputs:
            if output.output_type == "error" and not allowed:
                found.append(f"an error follows {first!r}")
            if output.get("name") == "stderr":
                found.append(f"stderr follows {first!r}")
            data = output.get("data", {})
            if "application/vnd.jupyter.widget-view+json" in data:
                found.append(f"a widget view is stored after {first!r}")
            if "application/javascript" in data or "<script" in str(data).lower():
                found.append(f"a script follows {first!r}")
            text = "".join([output.get("text", ""), *map(str, text_parts(data))])
            found += [
                f"{name} follows {first!r}" for name, p in TRACES.items() if re.search(p, text)
            ]
        last = last_expression(cell.source)
        if (last in live or last.startswith("Explorer(")) and not has_picture(cell):
            found.append(f"no still picture follows {first!r}")
        if CLOCKS.search(cell.source):
            found.append(f"a clock runs in {first!r}")
        if len(cell.source.splitlines()) > MAX_LINES:
            found.append(f"more than {MAX_LINES} lines in the cell of {first!r}")
    return found


def text_parts(data):
    return [value for kind, value in data.items() if kind.startswith("text/")]


def last_expression(source):
    """Return the code from the last line that is not indented, which a notebook displays."""
    lines = source.splitlines()
    starts = [i for i, line in enumerate(lines) if line and line[0] not in " )]}#"]
    return "\n".join(lines[starts[-1] :]) if starts else ""


def has_picture(cell):
    return any("image/png" in output.get("data", {}) for output in cell.outputs)


def read(path):
    return nbformat.read(path, as_version=4)


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook_is_as_it_should_be_read(path):
    notebook = read(path)
    nbformat.validate(notebook)
    assert faults(notebook) == []
    assert path.stat().st_size < MAX_BYTES


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_most_code_cells_are_led_in_by_prose(path):
    cells = read(path).cells
    after = [a.cell_type for a, b in itertools.pairwise(cells) if b.cell_type == "code"]
    assert after.count("markdown") >= 0.85 * len(after)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_links_between_the_pages_lead_somewhere(path):
    text = "\n".join(c.source for c in read(path).cells if c.cell_type == "markdown")
    for target in re.findall(r"\]\((?!https?://)([^)#]+)", text):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", sorted(FOLDER.glob("deeper/*.ipynb")), ids=lambda p: p.stem)
def test_a_deeper_page_and_its_lesson_lead_to_each_other(path):
    [lesson] = FOLDER.glob(f"{path.stem[:2]}_*.ipynb")
    first = read(path).cells[0].source
    assert first.startswith(f"# {path.stem[:2]} deeper: ")
    assert f"](../{lesson.name})" in first
    assert f"](deeper/{path.name})" in "\n".join(cell.source for cell in read(lesson).cells)


def strip_outputs(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.update(execution_count=None, outputs=[])


def add_stderr(notebook):
    output = nbformat.v4.new_output("stream", name="stderr", text="RuntimeWarning")
    first_code(notebook).outputs.append(output)


def add_error(notebook):
    output = nbformat.v4.new_output("error", ename="ValueError", evalue="", traceback=[])
    first_code(notebook).outputs.append(output)


def add_address(notebook):
    output = nbformat.v4.new_output("stream", name="stdout", text="<object at 0x7f0123456789>")
    first_code(notebook).outputs.append(output)


def add_script(notebook):
    output = nbformat.v4.new_output("display_data", {"text/html": "<p><SCRIPT>1</SCRIPT></p>"})
    first_code(notebook).outputs.append(output)


def add_javascript(notebook):
    output = nbformat.v4.new_output("display_data", {"application/javascript": "1"})
    first_code(notebook).outputs.append(output)


def add_widget_state(notebook):
    notebook.metadata["widgets"] = {}


def add_clock(notebook):
    first_code(notebook).source += "\nimport numpy\nfrom time import perf_counter"


def add_timing(notebook):
    first_code(notebook).source += "\n%timeit 1 + 1"


def drop_pictures(notebook):
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop("image/png", None)


def first_code(notebook):
    return next(cell for cell in notebook.cells if cell.cell_type == "code")


SPOILERS = [
    (strip_outputs, "not run once"),
    (add_stderr, "stderr"),
    (add_error, "an error"),
    (add_address, "address"),
    (add_script, "a script"),
    (add_javascript, "a script"),
    (add_widget_state, "widget state"),
    (add_clock, "a clock runs"),
    (add_timing, "a clock runs"),
    (drop_pictures, "still picture"),
]


@pytest.mark.parametrize(("spoil", "expected"), SPOILERS, ids=lambda v: getattr(v, "__name__", ""))
def test_the_guard_catches_a_spoilt_notebook(spoil, expected, tmp_path):
    notebook = copy.deepcopy(read(FOLDER / "01_gradient_descent.ipynb"))
    spoil(notebook)
    path = tmp_path / "spoilt.ipynb"
    path.write_text(json.dumps(notebook))
    assert any(expected in fault for fault in faults(read(path)))


@pytest.fixture(scope="module")
def kernels():
    path = FOLDER.parent / "tools/other_kernel.py"
    spec = importlib.util.spec_from_file_location("other_kernel", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# What a processor runs: its own kernel under None, and what the others compute.
WITH_AVX2 = {
    None: ("Haswell", "a"),
    "Haswell": ("Haswell", "a"),
    "Sandybridge": ("Sandybridge", "b"),
}
WITH_AVX512 = WITH_AVX2 | {None: ("SkylakeX", "c"), "SkylakeX": ("SkylakeX", "c")}
BEFORE_AVX2 = {None: ("Sandybridge", "b"), "Sandybridge": ("Sandybridge", "b")}
BEFORE_AVX2 |= {"Nehalem": ("Nehalem", "b"), "Prescott": ("Katmai", "d")}


@pytest.mark.parametrize(
    ("processor", "expected"),
    [
        (WITH_AVX2, ("Haswell", "Sandybridge")),
        (WITH_AVX512, ("SkylakeX", "Haswell")),
        (BEFORE_AVX2, ("Sandybridge", "Prescott")),  # Nehalem has another name, but equal results
    ],
)
def test_the_lessons_second_kernel_differs_from_the_first(kernels, processor, expected):
    assert kernels.choose(lambda name=None: processor.get(name)) == expected


@pytest.mark.parametrize("processor", [{None: ("Haswell", "a"), "Haswell": ("Haswell", "a")}, {}])
def test_having_no_second_kernel_is_an_error(kernels, processor):
    with pytest.raises(RuntimeError, match=r"no other one can run|does not use OpenBLAS"):
        kernels.choose(lambda name=None: processor.get(name))


def test_a_kernel_that_is_set_stays(kernels, monkeypatch, capsys):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    kernels.main()
    out, err = capsys.readouterr()
    assert out == ""
    assert "NO SECOND KERNEL" in err
    assert os.environ["OPENBLAS_CORETYPE"] == "Haswell"
