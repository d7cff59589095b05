"""A Sphinx extension: lessons with live figures and with mathematics that nobody fetches.

- A live figure in a notebook brings its state along. The page gets its still picture and the state,
  and one script, the same for the whole site, brings it to life.
- Below an exercise it is said how to run it; below a prediction a script covers the answer.
- Mathematics is made into MathML here.
- Links to the repository lead to the one that publishes: GITHUB_REPOSITORY, or what pyproject.toml
  names.
"""

import base64
import hashlib
import html
import json
import os
import posixpath
import re
import tomllib
from functools import partial
from pathlib import Path

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.util.docutils import SphinxDirective

from optim_lib import live, surfaces
from optim_lib.explorer import FIGURE, Explorer
from optim_lib.optimizers import SGD

BOOK = Path(__file__).parent
ROOT = BOOK.parent
UPWARDS = re.compile(r"\]\(((?:\.\./)+[^)#\s]*)")
BADGE = re.compile(r"\[!\[Binder\]\([^)]*\)\]")
CHECK = re.compile(r'^check\("', re.MULTILINE)
RUN = (
    "*To answer, run this lesson: [on Binder]({binder}), in your browser, "
    "or [on your own machine]({project}#readme).*"
)
SCRIPT = '<script type="application/json" class="optim-figure">{}</script>'
NEEDS = "This figure needs Python, for {}. Run the lesson to move it; here is a still picture."


def committed_repository():
    """Return the owner and the name that the notebooks' links have."""
    urls = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["urls"]
    return "/".join(urls["Repository"].rsplit("/", 2)[1:])


def repository():
    """Return the owner and the name of the repository that publishes the book."""
    return os.environ.get("GITHUB_REPOSITORY") or committed_repository()


# What a page is made from


def read(app, name, content):
    """Take a page's source to what suits the site; the notebook itself stays as it is."""
    text = UPWARDS.sub(partial(leave, posixpath.dirname(name)), content[0])
    text = BADGE.sub("[Run this lesson on Binder]", text)
    if app.env.doc2path(name).suffix == ".ipynb":
        notebook = json.loads(text)
        app.env.temp_data["alternatives"] = alternatives(notebook)
        notebook["cells"] = [part for cell in notebook["cells"] for part in parts_of(cell, name)]
        text = json.dumps(notebook)
    content[0] = text


def leave(folder, link):
    """Return a link as it is, or to the repository if it leads out of the lessons."""
    path = posixpath.normpath(posixpath.join("notebooks", folder, link[1]))
    if path.startswith("notebooks/"):
        return link[0]
    return f"](https://github.com/{repository()}/blob/HEAD/{path}"


def alternatives(notebook):
    """Return the alternative texts of a notebook's pictures, by the names that they get."""
    found = {}
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            if alt := output.get("metadata", {}).get("image/png", {}).get("alt"):
                picture = base64.b64decode("".join(output["data"]["image/png"]))
                found[hashlib.sha256(picture).hexdigest()] = alt
    return found


def name_pictures(app, doctree):
    """Give pictures the alternative texts of the notebook, which MyST-NB leaves out."""
    known = app.env.temp_data.get("alternatives", {})
    for image in doctree.findall(nodes.image):
        if alt := known.get(Path(image["uri"]).stem):
            image["alt"] = alt


def parts_of(cell, name):
    """Return a cell as a page has it, and what comes after it there."""
    if "outputs" not in cell:
        return [cell]
    cell["outputs"] = [part for output in cell["outputs"] for part in enliven(output)]
    if not CHECK.search("".join(cell["source"])):
        return [cell]
    binder = (
        f"https://mybinder.org/v2/gh/{repository()}/HEAD?urlpath=lab/tree/notebooks/{name}.ipynb"
    )
    note = RUN.format(binder=binder, project=f"https://github.com/{repository()}")
    after = {"cell_type": "markdown", "id": f"{cell['id']}-run", "metadata": {}, "source": note}
    return [cell, after]


def enliven(output):
    """Return an output, and after the still picture of a live figure what brings it to life."""
    figure = output.get("data", {}).pop(FIGURE, None)
    if figure is None:
        return [output]
    if needs := figure.get("needs_python"):
        text = f'<p class="optim-needs">{html.escape(NEEDS.format(" and ".join(needs)))}</p>'
    else:
        text = script(figure)
    alive = {"output_type": "display_data", "metadata": {}, "data": {"text/html": text}}
    return [output, alive]


def script(figure):
    """Return a figure's state as a page holds it."""
    state = json.dumps({"state": figure}, separators=(",", ":"), allow_nan=False)
    return SCRIPT.format(state.replace("<", r"\u003c"))


class LessonFigure(SphinxDirective):
    """The first live figure of a lesson, for the cover: `{lesson-figure} 00_start_here`."""

    required_arguments = 1

    def run(self):
        lesson = self.arguments[0]
        path = Path(self.env.srcdir, f"{lesson}.ipynb")
        self.env.note_dependency(str(path))
        cells = json.loads(path.read_text("utf-8"))["cells"]
        outputs = [output for cell in cells for output in cell.get("outputs", [])]
        output = next(output for output in outputs if FIGURE in output.get("data", {}))
        picture = base64.b64decode("".join(output["data"]["image/png"]))
        Path(self.env.srcdir, f"{lesson}.png").write_bytes(picture)
        alt = output["metadata"]["image/png"]["alt"]
        still = nodes.image(uri=f"{lesson}.png", alt=alt)
        state = nodes.raw("", script(output["data"][FIGURE]), format="html")
        return [nodes.container("", still, state, classes=["cell_output"])]


# What the site ships


def write_figure(app):
    """Write the code of live figures, with the library's surfaces and schedules, once for all."""
    explorer = Explorer(surfaces.bowl, SGD())
    catalogue = json.dumps(explorer.surfaces, separators=(",", ":"), allow_nan=False)
    schedules = json.dumps(explorer.schedules, separators=(",", ":"), allow_nan=False)
    explorer.close()
    static = Path(app.outdir, "_static")
    static.mkdir(parents=True, exist_ok=True)
    text = (
        f"window.optimSurfaces = {catalogue};\nwindow.optimSchedules = {schedules};\n"
        f"{live.javascript('page')}"
    )
    (static / "figure.js").write_text(text, "utf-8")
    (static / "predictions.js").write_text((BOOK / "predictions.js").read_text("utf-8"), "utf-8")
    (static / "figure.css").write_text(live.css() + (BOOK / "book.css").read_text(), "utf-8")


def add_figure(app, name, template, context, doctree):
    """Let a page that has a live figure load its code."""
    app.add_css_file("figure.css")
    if "Predict" in context.get("body", ""):
        app.add_js_file("predictions.js", loading_method="defer")
    if "optim-figure" in context.get("body", ""):
        app.add_js_file("figure.js", loading_method="defer")


# Mathematics


def visit_inline(self, node):
    """Write a formula in a line."""
    self.body.append(convert(node.astext()))
    raise nodes.SkipNode


def visit_block(self, node):
    """Write a formula that stands alone; a wide one can be moved by keys where it is cut."""
    formula = convert(node.astext(), display="block")
    self.body.append(f'<div class="math" tabindex="0">{formula}</div>')
    raise nodes.SkipNode


def setup(app):
    """Tell Sphinx of it."""
    app.add_directive("lesson-figure", LessonFigure)
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    app.connect("source-read", read)
    app.connect("doctree-read", name_pictures)
    app.connect("builder-inited", write_figure)
    app.connect("html-page-context", add_figure)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
