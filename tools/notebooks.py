"""Execute the lessons and put them in the form in which they are committed.

Run: python tools/notebooks.py                     all lessons
     python tools/notebooks.py notebooks/01*.ipynb     some

Each notebook runs from the top in a fresh kernel. What would differ from one run or machine to the
next is then removed: timings, the version of Python, widget state, and the references to widgets,
in whose place readers see the still picture. Running the command twice leaves no difference.

The links to Binder and to the repository, there and in README.md, are set to the repository that
pyproject.toml names.
"""

import argparse
import re
import tomllib
from pathlib import Path

import nbformat
from nbconvert.preprocessors import CoalesceStreamsPreprocessor, ExecutePreprocessor

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"
README = ROOT / "README.md"
LINK = re.compile(
    r"(mybinder\.org/v2/gh/|git clone https://github\.com/|repo=https%3A%2F%2Fgithub\.com%2F)"
    r"[\w.-]+(/|%2F)[\w.-]+"
)
BOOK = re.compile(r"https://[\w-]+\.github\.io/[\w.-]+/")
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def execute(notebook, folder):
    """Run all cells of a notebook in a fresh kernel, in place."""
    ExecutePreprocessor(
        timeout=300, kernel_name="python3", record_timing=False, store_widget_state=False
    ).preprocess(notebook, {"metadata": {"path": str(folder)}})


def normalise(notebook):
    """Remove what differs between runs, in place."""
    CoalesceStreamsPreprocessor().preprocess(notebook, {})
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:03}"
        if cell.cell_type == "markdown":
            cell.source = set_links(cell.source)
        cell.metadata = {key: cell.metadata[key] for key in ("tags",) if cell.metadata.get(key)}
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET_VIEW, None)


def repository():
    """Return the owner and the name of the public repository, as pyproject.toml has them."""
    urls = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]
    return urls["Repository"].rsplit("/", 2)[1:]


def set_links(text):
    """Return the text with its links leading to the public repository."""
    owner, name = repository()
    text = BOOK.sub(f"https://{owner}.github.io/{name}/", text)
    return LINK.sub(lambda link: f"{link[1]}{owner}{link[2]}{name}", text)


def main():
    """Execute and normalise the notebooks that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="*", type=Path, help="notebooks; all if none is named")
    for path in parser.parse_args().paths or sorted(NOTEBOOKS.rglob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        execute(notebook, path.parent)
        normalise(notebook)
        nbformat.write(notebook, path)
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")
    README.write_text(set_links(README.read_text()))


if __name__ == "__main__":
    main()
