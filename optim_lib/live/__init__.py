"""The live figure as the browser has it: modules of JavaScript, joined into one text.

Each module does one job and is tested alone. A notebook wants one text, and a page that is opened
from a file runs no modules at all; so `javascript` joins them. That works for modules that keep to
a few forms, and refuses the others:

- `import { a, b } from "./module.js";`, on one line, of names that the module exports;
- `export` in front of a declaration; only the host of notebooks has `export default { render };`;
- no name is declared at the top level of two modules.
"""

import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

__all__ = ["css", "javascript"]

FOLDER = Path(__file__).parent
IMPORT = re.compile(r'^import \{ ([\w$, ]+) \} from "\./(\w+)\.js";$\n?', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?function|const|let|class)", re.MULTILINE)
DEFAULT = re.compile(r"^export default \{ render \};$\n?", re.MULTILINE)
LEFT = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)  # what no form above has taken
DECLARED = re.compile(
    r"^(export )?(?:(?:async )?function\*?|class|const|let|var)\s+(\w+|\[[^\]=]*\]|\{[^}=]*\})",
    re.MULTILINE,
)
HOSTS = {
    "anywidget": "{}\nexport default {{ render }};\n",
    "page": '(() => {{\n"use strict";\n{}}})();\n',
}


def javascript(host):
    """Return the figure's JavaScript for a host, in one text.

    Parameters
    ----------
    host : {"anywidget", "page"}
        An ES module for notebooks, or a classic script for a plain page.

    Raises
    ------
    ValueError
        If there is no such host, or a module cannot be joined; the error says why.

    Examples
    --------
    >>> javascript("anywidget").splitlines()[-1]
    'export default { render };'
    """
    if host not in HOSTS:
        raise ValueError(f"host must be one of {', '.join(HOSTS)}, got {host!r}")
    return HOSTS[host].format(_joined(host, FOLDER))


def css():
    """Return the figure's style sheet."""
    return (FOLDER / "style.css").read_text("utf-8")


def _joined(host, folder):
    """Return a module after all that it needs, without their imports and exports."""
    texts = _read(host, folder)
    imports = {name: IMPORT.findall(text) for name, text in texts.items()}
    try:
        order = TopologicalSorter({n: [m for _, m in found] for n, found in imports.items()})
        names = list(order.static_order())
    except CycleError as error:
        raise ValueError(f"modules import each other: {' > '.join(error.args[1])}") from None
    _check_names(names, texts, imports)
    return "\n".join(_bare(name, texts[name]).strip("\n") + "\n" for name in names)


def _read(host, folder):
    """Return the texts of a module and of all that it needs, by name."""
    texts, wanted = {}, [host]
    while wanted:
        name = wanted.pop()
        if name not in texts:
            try:
                texts[name] = (folder / f"{name}.js").read_text("utf-8")
            except FileNotFoundError:
                raise ValueError(f"there is no module {name}.js") from None
            wanted += [module for _, module in IMPORT.findall(texts[name])]
    return texts


def _bare(name, text):
    text = IMPORT.sub("", text)
    if name == "anywidget":
        text = DEFAULT.sub("", text)
    text = EXPORT.sub("", text)
    if left := LEFT.search(text):
        raise ValueError(f"{name}.js: cannot join {left[0]!r}; see {__name__} for the forms")
    return text


def _check_names(names, texts, imports):
    """Raise if two modules declare a name, or one imports what another does not export."""
    owners, exported = {}, set()
    for module in names:
        for export, pattern in DECLARED.findall(texts[module]):
            for name in re.findall(r"[\w$]+(?=\s*(?:[,\]}]|$))", pattern):
                if owners.setdefault(name, module) != module:
                    raise ValueError(f"{owners[name]}.js and {module}.js both declare {name}")
                if export:
                    exported.add((name, module))
    for module, found in imports.items():
        for wanted, source in found:
            for name in wanted.split(", "):
                if (name, source) not in exported:
                    raise ValueError(f"{module}.js imports {name}, which {source}.js lacks")
