"""Delete each line of the arithmetic in turn and list those that no test misses.

Run from the root, in a copy of the project: python tests/mutation/delete_lines.py

cosmic-ray changes signs, constants and comparisons, and deletes nothing. A statement within a
function is replaced by `pass`; docstrings stay.
"""

import ast
import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONFIG = tomllib.loads((Path(__file__).parent / "cosmic-ray.toml").read_text())["cosmic-ray"]
SIMPLE = ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Expr | ast.Return | ast.Raise


def statements(code):
    """Yield the simple statements within functions, docstrings left out."""
    for function in ast.walk(ast.parse(code)):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                constant = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
                if isinstance(node, SIMPLE) and not constant:
                    yield node


def without(code, node):
    """Return the code with `pass` in the place of a statement."""
    lines = code.splitlines()
    lines[node.lineno - 1 : node.end_lineno] = [" " * node.col_offset + "pass"]
    return "\n".join(lines) + "\n"


def main():
    command = CONFIG["test-command"].replace("python", sys.executable, 1).split()
    environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    tried, survivors = 0, []
    for path in (ROOT / name for name in CONFIG["module-path"]):
        code = path.read_text()
        unique = {(node.lineno, node.end_lineno): node for node in statements(code)}
        try:
            for (first, _), node in sorted(unique.items()):
                path.write_text(without(code, node))
                done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True)
                tried += 1
                if done.returncode == 0:
                    survivors.append(f"{path.name}:{first}  {code.splitlines()[first - 1].strip()}")
        finally:
            path.write_text(code)
    print(
        f"{tried} lines deleted, one at a time; {len(survivors)} not missed", *survivors, sep="\n"
    )


if __name__ == "__main__":
    main()
