"""The modules of the live figure, joined into one text for each host."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from optim_lib import live
from optim_lib.explorer import Explorer

ROOT = Path(__file__).parents[1]
MODULES = sorted(live.FOLDER.glob("*.js"))
A = 'import { b } from "./b.js";\n\nexport function a() {\n  return b;\n}\n'
B = "// A comment.\nexport const b = 1;\n"


@pytest.mark.parametrize(("host", "ending"), [("anywidget", "mjs"), ("page", "js")])
def test_a_joined_text_is_javascript(tmp_path, host, ending):
    node = shutil.which("node") or pytest.skip("this test needs Node.js on the path")
    path = tmp_path / f"figure.{ending}"
    path.write_text(live.javascript(host), "utf-8")
    subprocess.run([node, "--check", path], check=True)


@pytest.mark.parametrize("host", live.HOSTS)
def test_a_joined_text_holds_every_module_but_the_other_host_once(host):
    text = live.javascript(host)
    for path in MODULES:
        first = path.read_text("utf-8").splitlines()[0]
        assert text.count(first) == (path.stem not in live.HOSTS or path.stem == host)
    assert re.findall("^import .*", text, re.MULTILINE) == []
    exports = re.findall("^export .*", text, re.MULTILINE)
    assert exports == (["export default { render };"] if host == "anywidget" else [])


def test_the_script_of_a_page_leaves_no_name_behind():
    text = live.javascript("page")
    assert text.startswith('(() => {\n"use strict";\n')
    assert text.endswith("})();\n")


def test_no_text_is_run_as_code():
    for path in MODULES:
        assert not re.search(
            r"\beval\(|\bFunction\(|innerHTML|import\(\"http", path.read_text("utf-8")
        )


def test_the_figure_has_the_text_of_notebooks():
    assert Explorer._esm == live.javascript("anywidget")
    assert Explorer._css == live.css()
    assert ".optim-explorer" in live.css()


def test_the_package_brings_all_of_it():
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    assert setuptools["packages"] == ["optim_lib", "optim_lib.exercises", "optim_lib.live"]
    patterns = setuptools["package-data"]["optim_lib"]
    package = ROOT / "optim_lib"
    brought = {path for pattern in patterns for path in package.glob(pattern)}
    files = {path for path in package.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert files - brought == set(package.rglob("*.py"))


# What cannot be joined


def join(folder, a=A, b=B):
    (folder / "a.js").write_text(a)
    (folder / "b.js").write_text(b)
    return live._joined("a", folder)


def test_a_module_comes_after_what_it_needs_and_once(tmp_path):
    c = 'import { a } from "./a.js";\nimport { b } from "./b.js";\nconst c = a() + b;\n'
    join(tmp_path)
    (tmp_path / "c.js").write_text(c)
    assert live._joined("c", tmp_path) == (
        "// A comment.\nconst b = 1;\n\nfunction a() {\n  return b;\n}\n\nconst c = a() + b;\n"
    )


REFUSED = [
    (A, B + "function a() {}\n", "b.js and a.js both declare a"),
    (A, B + "const [a, other] = [1, 2];\n", "both declare a"),
    (A, B + "const { one: a, ...rest } = {};\n", "both declare a"),
    (A, B + "let x = 1;\n" + "var a = 1;\n", "both declare a"),
    (A, B + "export class a {}\n", "both declare a"),
    (A, B.replace("export ", ""), "a.js imports b, which b.js lacks"),
    (A.replace("{ b }", "{ b, d }"), B, "a.js imports d, which b.js lacks"),
    (A.replace("{ b }", "{ b as x }"), B, "a.js imports b as x, which b.js lacks"),
    (A.replace("{ b }", "* as b"), B, "cannot join 'import * as b"),
    (A.replace("{ b }", "b"), B, "cannot join 'import b from"),
    (A.replace("./b.js", "https://a.example/b.js"), B, "cannot join 'import"),
    (A.replace("{ b }", "{\n  b,\n}"), B, "cannot join 'import {'"),
    (A, B + "export { b };\n", "b.js: cannot join 'export { b };'"),
    (A, B + "export default b;\n", "cannot join 'export default b;'"),
    (A, B + 'export * from "./a.js";\n', "cannot join"),
    (A, 'import { a } from "./a.js";\n' + B, "modules import each other: "),
    (A.replace("b.js", "c.js"), B, "there is no module c.js"),
]


@pytest.mark.parametrize(("a", "b", "message"), REFUSED)
def test_what_cannot_be_joined_is_refused(tmp_path, a, b, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        join(tmp_path, a, b)


def test_an_unknown_host_is_named():
    with pytest.raises(ValueError, match="host must be one of anywidget, page, got 'marimo'"):
        live.javascript("marimo")
