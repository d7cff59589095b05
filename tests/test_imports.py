"""Imports run one way, and `import optim_lib` is light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import optim_lib

FOLDER = Path(optim_lib.__file__).parent
# What each module may import besides the standard library and the modules before it.
ORDER = {
    "recording": {"numpy"},
    "optimizers": {"numpy"},
    "tape": {"numpy"},
    "surfaces": {"numpy"},
    "schedules": {"numpy"},
    "typed": {"numpy"},
    "descent": {"numpy"},
    "gradients": {"numpy"},
    "training": {"numpy"},
    "tuning": {"numpy"},
    "comparison": {"numpy", "scipy"},
    "figures": {"numpy", "matplotlib", "PIL"},
    "live": set(),
    "schedule_menu": {"numpy"},
    "explorer": {"numpy", "ipywidgets", "anywidget", "traitlets", "IPython"},
    "exercises": {"numpy"},
}


def imports_of(path):
    """Return the outside packages and the modules of optim_lib that a module imports."""
    outside, inside = set(), set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the package"
            own = node.module == "optim_lib"
            names = [f"optim_lib.{a.name}" for a in node.names] if own else [node.module]
        else:
            continue
        for name in names:
            package, *module = name.split(".")
            (inside if package == "optim_lib" else outside).add(module[0] if module else package)
            if package != "optim_lib":
                outside.discard(module[0] if module else "")
                outside.add(package)
    return outside - set(sys.stdlib_module_names), inside


def paths_of(module):
    """Return the files of a module, or of a package."""
    return sorted((FOLDER / module).rglob("*.py")) or [FOLDER / f"{module}.py"]


def test_every_module_has_its_place():
    found = set(FOLDER.rglob("*.py"))
    assert found == {FOLDER / "__init__.py", *(path for m in ORDER for path in paths_of(m))}


@pytest.mark.parametrize("module", ORDER)
def test_imports_run_one_way(module):
    earlier = list(ORDER)[: list(ORDER).index(module)]
    for path in paths_of(module):
        outside, inside = imports_of(path)
        assert outside <= ORDER[module]
        assert inside <= {*earlier, *({module} if path.parent != FOLDER else ())}


def test_the_package_loads_neither_matplotlib_nor_widgets():
    code = "import sys, optim_lib; print(sorted({'matplotlib', 'ipywidgets'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_names_of_the_package():
    assert set(optim_lib.__all__) >= {
        *("SGD", "Momentum", "Adagrad", "RMSProp", "Adam"),
        *("descend", "sweep", "Trajectory", "Surface", "surfaces"),
    }
    assert all(hasattr(optim_lib, name) for name in optim_lib.__all__)
