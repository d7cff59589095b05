"""How Sphinx makes the book; `build.py` runs it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import lessons

project = "From Gradient Descent to Adam"
author = "the authors of the lessons"
html_title = project
language = "en"
extensions = ["myst_nb", "lessons"]
exclude_patterns = ["requirements.txt"]

nb_execution_mode = "off"
nb_render_markdown_format = "myst"  # tables and formulas in what a cell shows
nb_ipywidgets_js = {}  # else a page fetches them from another host
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4

html_theme = "sphinx_book_theme"
html_math_renderer = "mathml"
html_static_path = []  # the extension writes what the pages need
html_favicon = "icon.svg"
html_context = {"default_mode": "auto"}
html_show_copyright = False
html_show_sphinx = False
html_sourcelink_suffix = ""
html_theme_options = {
    "repository_url": f"https://github.com/{lessons.repository()}",
    "repository_branch": "HEAD",
    "path_to_docs": "notebooks",
    "use_repository_button": True,
    "use_download_button": True,
    "launch_buttons": {
        "binderhub_url": "https://mybinder.org",
        "notebook_interface": "jupyterlab",
    },
    "show_toc_level": 2,
    "navbar_persistent": [],  # the sidebar has the search already
}
