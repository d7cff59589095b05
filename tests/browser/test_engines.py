"""Plain pages opened from a file, under a strict policy, in three browser engines.

There is no kernel, no server, no eval; each kind of control answers all the same, and the paths are
those that `descend` takes.
"""

import base64
import json
import subprocess
from contextlib import ExitStack, contextmanager
from functools import cache

import numpy as np
import pytest

from browser import engines, parts, plain
from browser.hand import CONTROLS, Hand, try_out
from optim_lib import SGD, Adagrad, Adam, Momentum, RMSProp, descend, surfaces
from optim_lib.explorer import Explorer
from optim_lib.live import javascript

ENGINES = "chromium", "firefox", "webkit"
RULES = SGD(), Momentum(), Adagrad(), RMSProp(), Adam()
SETTINGS, STEPS, EXACT = 20, 100, 20
# What IEEE 754 or a comparison leaves no choice in; of other functions the last digit may differ.
SURE = {
    *("add", "subtract", "multiply", "divide", "sqrt", "negative", "absolute", "sign"),
    *("maximum", "minimum", "less", "less_equal", "greater", "greater_equal", "equal", "where"),
    *("floor", "ceil", "trunc", "rint", "lookup", "logical_and", "logical_or", "logical_not"),
}
# All paths of some settings as the text of their numbers, three for each step: x, y, f.
PATHS = """
const { surfaces, rules, cases } = %s;
const numbers = [];
for (const { surface, ...settings } of cases)
  rules.forEach((rule, i) => {
    const path = takePath(surfaces[surface], rule, { ...settings, values: settings.values[i] });
    path.f.forEach((f, t) => numbers.push(path.x[2 * t], path.x[2 * t + 1], f));
  });
const bytes = new Uint8Array(Float64Array.from(numbers).buffer);
let text = "";
for (let i = 0; i < bytes.length; i += 4096)
  text += String.fromCharCode(...bytes.subarray(i, i + 4096));
return btoa(text);
"""


@contextmanager
def started(name, request):
    if name == "chromium":
        # Playwright runs once in a process, so that it is shared with the other tests.
        size = dict(zip(("width", "height"), engines.SIZE, strict=True))
        page = request.getfixturevalue("browser").new_page(viewport=size)
        yield engines.Chromium(page)
        page.close()
    else:
        with getattr(engines, name)() as page:
            yield page


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    explorer = Explorer(surfaces.ravine, [SGD(lr=0.9), Momentum(lr=0.1)])
    yield plain.write_page(tmp_path_factory.mktemp("page"), explorer)
    explorer.close()


@pytest.fixture(scope="module")
def pages(request, path):
    """A function that gives the page of an engine, which is started when it is first asked for."""
    with ExitStack() as stack:

        @cache
        def page_of(engine):
            page = stack.enter_context(started(engine, request))
            page.open(path)
            Hand(page).ready()
            return page

        yield page_of


@pytest.fixture(params=ENGINES)
def hand(request, pages):
    return Hand(pages(request.param))


@pytest.mark.parametrize("control", CONTROLS)
def test_each_kind_of_control_answers(hand, control):
    try_out(hand, control)
    assert hand.page.evaluate("window.heard") == []


def in_node(expression):
    """Return the value of an expression of JavaScript in Node.js."""
    script = f"process.stdout.write(JSON.stringify({expression}))"
    command = [parts.node(), "--input-type=module"]
    done = subprocess.run(command, input=script, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def replayed(evaluate, given):
    """Return the paths of a browser: settings, rules, steps, (x, y, f)."""
    modules = javascript("anywidget").replace("export default { render };", "")
    text = evaluate(f"(() => {{ {modules} {PATHS % given} }})()")
    return np.frombuffer(base64.b64decode(text)).reshape(-1, len(RULES), STEPS + 1, 3)


@cache
def expected(place):
    """Return what a browser is given on a surface, and for each path what it must be.

    That is the settings, the path from one start, and, where no function leaves a choice, the path
    bit for bit. NumPy squares an array by a product, as the browser does, but a lone number by C's
    pow, which is off in the last digit now and then; so the latter starts from arrays of one.
    """
    explorer = Explorer(surfaces.CATALOGUE[place], RULES)
    rng = np.random.default_rng(0)
    cases = [
        {"surface": place, **plain.random_settings(rng, explorer, STEPS)} for _ in range(SETTINGS)
    ]
    state = json.loads(plain.state_of(explorer))
    given = {"surfaces": state["surfaces"], "rules": state["rules"], "cases": cases}
    paths = [
        (
            f"{RULES[number]} {case}",
            descended(explorer, number, case, case["start"]),
            descended(explorer, number, case, np.reshape(case["start"], (2, 1)))
            if is_exact(explorer.surfaces[place]["tape"], explorer.rules[number]["step"])
            else None,
        )
        for case in cases
        for number in range(len(RULES))
    ]
    explorer.close()
    return json.dumps(given), paths


def descended(explorer, number, case, start):
    """Return the path of one rule as NumPy takes it: steps, (x, y, f)."""
    names = [known["name"] for known in explorer.rules[number]["hyperparameters"]]
    rule = type(RULES[number])(**dict(zip(names, case["values"][number], strict=True)))
    noise = (case["noise"], np.random.default_rng(case["seed"])) if case["noise"] else None
    run = descend(explorer.surface, rule, start, STEPS, noise)
    return np.column_stack([run.x.reshape(STEPS + 1, 2), run.f.reshape(STEPS + 1)])


def is_exact(*tapes):
    return all(operation[0] in SURE for tape in tapes for operation in tape["operations"])


@pytest.mark.parametrize("surface", surfaces.CATALOGUE, ids=lambda surface: surface.name)
@pytest.mark.parametrize("engine", ["node", *ENGINES])
def test_the_paths_are_those_of_descend(engine, surface, request):
    in_browser = engine != "node"
    evaluate = request.getfixturevalue("pages")(engine).evaluate if in_browser else in_node
    given, paths = expected(surfaces.CATALOGUE.index(surface))
    found = replayed(evaluate, given).reshape(len(paths), STEPS + 1, 3)
    for path, (said, alone, exactly) in zip(found, paths, strict=True):
        np.testing.assert_allclose(path[:EXACT], alone[:EXACT], rtol=1e-9, atol=1e-12, err_msg=said)
        if exactly is not None:
            np.testing.assert_array_equal(path, exactly, said)
