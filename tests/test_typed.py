"""What is typed in the figure: the page and Python read the same text, and say the same of it."""

import json
import re
import subprocess

import numpy as np
import pytest
from browser import parts
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from optim_lib import SGD, Adam, descend, surfaces
from optim_lib.explorer import Explorer
from optim_lib.tape import record_surface
from optim_lib.typed import typed_rule, typed_surface

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
STEADY = settings(derandomize=True, deadline=None, max_examples=4)
READER = parts.JAVASCRIPT / "read_typed.mjs"
BOUNDS = ((-4, 4), (-4, 4))
RNG = np.random.default_rng(0)
POINTS = np.hstack([RNG.uniform(-4, 4, (2, 30)), RNG.integers(-3, 4, (2, 30))])
FUNCTIONS_OF_ONE = [
    *("abs", "sqrt", "exp", "log", "sin", "cos", "tanh", "cbrt", "floor", "rint", "sign", "square"),
    *("log1p", "arctan", "np.sin", "np.abs", "np.cosh", "math.sin", "log2", "expm1", "arcsin"),
]
FUNCTIONS_OF_TWO = ["np.maximum", "minimum", "hypot", "arctan2", "fmod", "fmax", "np.power"]


def read(**asked):
    """Return what the page reads."""
    done = subprocess.run(
        [parts.node(), READER], input=json.dumps(asked), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def numbers(rows):
    return np.array([[float(value) for value in row] for row in rows])


def as_surface(text):
    return {"text": text, "bounds": BOUNDS}


# Expressions


@st.composite
def expressions(draw, depth=3):
    again = lambda: draw(expressions(depth - 1))  # noqa: E731
    kinds = [
        "operate",
        "operate",
        "sign",
        "bracket",
        "power",
        "one",
        "two",
        "where",
        "truth",
        "leaf",
    ]
    kind = draw(st.sampled_from(kinds if depth else ["leaf"]))
    if kind == "leaf":
        leaves = ["x", "y", "x", "y", "2", "3.", ".5", "1e-1", "1_0", "pi", "np.e", "0"]
        return draw(st.sampled_from(leaves))
    if kind == "operate":
        operator = draw(st.sampled_from(["+", "-", "*", "/", "//", "%", " - ", " *"]))
        return again() + operator + again()
    if kind == "sign":
        return draw(st.sampled_from("-+")) + again()
    if kind == "power":
        exponents = ["2", "3", "-1", ".5", "-2", "2**2", "x", "-y", "1.5", "0", "y**2"]
        return again() + "**" + draw(st.sampled_from(exponents))
    if kind == "one":
        return f"{draw(st.sampled_from(FUNCTIONS_OF_ONE))}({again()})"
    if kind == "two":
        return f"{draw(st.sampled_from(FUNCTIONS_OF_TWO))}({again()}, {again()})"
    if kind in ("where", "truth"):
        compare = draw(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]))
        truth = f"({again()}{compare}{again()})"
        if draw(st.booleans()):
            truth = f"{truth} {draw(st.sampled_from('&|'))} (x*y > 1)"
        return f"where({truth}, {again()}, {again()})" if kind == "where" else f"({truth})*(y)"
    return f"({again()})"


def in_numpy(text, x, y):
    """Run a text as Python does, its constants as NumPy's numbers: an oracle for tests alone."""
    for_numpy = re.sub(r"(?<![\w.])((?:\d[\d_]*\.?\d*|\.\d+)(?:e-?\d+)?)", r"np.float64(\1)", text)
    known = {name: getattr(np, name) for name in dir(np) if not name.startswith("_")}
    with np.errstate(all="ignore"):
        return eval(for_numpy, {**known, "np": np, "math": np, "x": x, "y": y})


@STEADY
@given(st.lists(expressions(), min_size=50, max_size=50))
def test_the_page_computes_what_numpy_computes_and_the_gradient_of_a_tape(texts):
    page = read(surfaces=list(map(as_surface, texts)), points=POINTS.tolist())
    taken = 0
    for text, found in zip(texts, page["surfaces"], strict=True):
        if "error" in found:
            assert re.match("Error: Line 1, column \\d+: ", found["error"])
            allowed = "no finite number|needs x or y|truths? there|no number: write|at most"
            assert re.search(allowed, found["error"]), (text, found["error"])
            continue
        taken += 1
        value, *slopes = numbers(found["values"])
        with np.errstate(all="ignore"):
            wanted = np.broadcast_to(in_numpy(text, *POINTS), value.shape)
            near = [
                np.broadcast_to(in_numpy(text, *(POINTS * (1 + e))), value.shape)
                for e in (1e-15, -1e-15)
            ]
        # A jump or a pole within a few last digits of a point says nothing.
        steady = np.isclose(near[0], near[1], rtol=1e-9, atol=1e-12, equal_nan=True)
        assert_allclose(value[steady], wanted[steady], rtol=1e-9, atol=1e-12, err_msg=text)
        ours = record_surface(typed_surface(text)).replay(*POINTS)
        assert_allclose(value[steady], ours[0][steady], rtol=1e-9, atol=1e-12, err_msg=text)
        for mine, other in zip(slopes, ours[1:], strict=True):
            assert_allclose(mine[steady], other[steady], rtol=1e-7, atol=1e-9, err_msg=text)
    assert taken > 10


def test_precedence_is_pythons():
    """By hand, where one is wrong easily."""
    texts = {
        "-x**2": -9, "2**-1*x": 1.5, "x**3**2/x": 3**8, "-2**2+x": -1, "x//2*2": 2, "-x%2": 1,
        "x - 1 - 1": 1, "x/3/2": 0.5, "--x": 3, "2*-x": -6, "-x//2": -2, "x**-1": 1 / 3,
        "1_000*x": 3000, "1.5e+1*x": 45, "+x**2": 9, "x*(y < 3)": 0, "where(x > 1, 1, 0)": 1,
        "where((x > 1) | (y > 9) & (x > 9), 1, 0)": 1, "(x\n + y)": 7, "np.pi*x": 3 * np.pi,
    }  # fmt: skip
    found = read(surfaces=list(map(as_surface, texts)), points=[[3.0], [4.0]])["surfaces"]
    for (text, wanted), surface in zip(texts.items(), found, strict=True):
        assert float(surface["values"][0][0]) == pytest.approx(wanted), text
        assert float(typed_surface(text).f((3.0, 4.0))) == pytest.approx(wanted), text


REFUSED = {
    "": "type an expression",
    "x^2": "a power is written **",
    "2x": "a product needs its sign",
    "x y": "a sign is missing",
    "1j*x": "no complex numbers",
    "0x10*x": "decimal",
    "007*x": "does not begin with 0",
    "1__0*x": "does not go on",
    "1e999*x": "too large",
    "0 < x < 1": "one comparison at a time",
    "x > 0": "a height is a number",
    "x + (y > 0)": "a comparison is no number",
    "where(x, 1, 2)": "must be a comparison",
    "x if y > 0 else 0": "np.where",
    "x > 0 and y > 0": "write &",
    "x @ y": "a product is written *",
    "'x'": "no text",
    "x.real": "a point stands in",
    "np.linalg.norm(x)": "only one point",
    "x.__class__": "a point stands in",
    "np.__loader__": "no number that is known",
    "np.load(x)": "no function that is known",
    "self.lr*x": "not known here",
    "__import__(x)": "no function that is known",
    "__proto__": "not known here",
    "constructor": "not known here",
    "constructor(x)": "no function that is known",
    "toString(x)": "no function that is known",
    "sin": "is a function",
    "sin(x, y)": "takes 1 argument, and got 2",
    "where(x > 0, 1)": "takes 3 arguments, and got 2",
    "sin(x=1)": "without names",
    "sin(x)(y)": "sign is missing|cannot stand",
    "x[0]": "round brackets",
    "lambda: x": "the expression alone",
    "x = 1": "to compare write ==",
    "x, y": "one thing at a time",
    "x; y": "one expression only",
    "; x": "nothing stands before",
    "x;;": "nothing stands before",
    "(x": "is not closed",
    "x)": "no bracket is open",
    "x +": "something is missing",
    "* x": "needs a number",
    "\uff58 + y": "looks like",
    "\u0445 + y": "looks like",  # Cyrillic
    "x \u2212 y": "looks like",
    "x\u200b + y": "looks like",
    "5": "needs x or y",
    "x + 1/0": "no finite number",
    "x + (-8)**(1/3)": "no finite number",
    "x # y": "no remarks",
    "x\\": "not known here",
    "x" * 100_000: "at most 2000 characters",
    "x + " * 250 + "x": "at most 500 characters",
    "(" * 10_000 + "x" + ")" * 10_000: "at most 2000 characters",
    "(" * 200 + "x" + ")" * 200: "too many brackets",
    "-" * 400 + "x": "too many brackets or signs",
    "x**" * 150 + "x": "too many brackets or signs",
    "sin(" * 60 + "x" + ")" * 60: "too many brackets",
}


def test_what_is_no_surface_is_refused_with_its_place():
    found = read(surfaces=list(map(as_surface, REFUSED)))["surfaces"]
    for (text, reason), said in zip(REFUSED.items(), found, strict=True):
        assert re.match(r"Error: Line 1, column \d+: ", said.get("error", "")), text[:40]
        assert re.search(reason.replace("**", r"\*\*"), said["error"]), (text[:40], said["error"])
        line, caret = said["excerpt"].split("\n")
        assert caret.strip() == "^"
        assert len(caret) <= len(line) + 1 <= 62


HARMFUL = [
    "__import__('os')", "().__class__", "x.__class__", "np.load(x)", "np.linalg.norm(x)", "[x][0]",
    "(lambda: x)()", "f'{x}'", "x if y else x", "x < y < 1", "sin(*x)", "sin(x=x)", "True", "x @ y",
    "np.sin.__self__", "state.x", "1j", "x := 2", "(x := 2)", "x\x00", "(" * 400 + "x",
    "x" * 100_000, "9" * 1500, "x" + "+x" * 800, "import os", "", "x = 1",
]  # fmt: skip


@pytest.mark.parametrize("text", HARMFUL, ids=lambda text: text[:20])
def test_python_takes_no_more_than_it_knows(text):
    with pytest.raises((ValueError, TypeError)):
        typed_surface(text)
    with pytest.raises((ValueError, TypeError)):
        typed_rule("Mine", "lr = 0.1", f"v = {text}\nx = x - v")


# Rules


def test_python_says_where_a_text_goes_wrong():
    for text, said in {
        "x^2 + y": "line 1, column 1: ^ is not known here; a power is written **, as in x**2",
        "x +\n2y": "line 2, column 1: invalid decimal literal",
        "x + tan(z)": "line 1, column 9: z is not known here",
        "x + np.tau": "line 1, column 5: np.tau is not known here",
        "x*sin(x, y)": "line 1, column 3: sin takes 1 arguments, got 2",
        "x + 1e999": "line 1, column 5: this number is too large",
        "x + " + "9" * 400: "line 1, column 5: this number is too large",
        "y - (-(x > 0))": "line 1, column 1: The numpy boolean negative",
        "x > y": "line 1, column 1: a height is a number, not a comparison",
        "2 + pi": "line 1, column 1: a surface needs x or y in it",
    }.items():
        with pytest.raises(ValueError, match=f"^{re.escape(said)}"):
            typed_surface(text)
    for step, said in {
        "v = g\nx = x - lr*max(v, 0)": "line 2, column 12: max is not known here",
        "x -= lr*g^2": "line 1, column 6: ^ is not known",
        "v, x = g, x - g": "line 1, column 1: a line gives a name its value",
        "x = lr": "x must stay a point",
        "return x - g, state\nx = g": "line 1, column 1: nothing comes behind return",
    }.items():
        with pytest.raises(ValueError, match=f"^{re.escape(said)}"):
            typed_rule("Mine", "lr = 0.1", step)


ADAM = """
    t = state.t + 1
    m = self.beta1 * state.m + (1 - self.beta1) * g
    v = self.beta2 * state.v + (1 - self.beta2) * g**2
    m_hat = m / (1 - self.beta1**t)
    v_hat = v / (1 - self.beta2**t)
    x = x - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
    return x, AdamState(t, m, v)
"""
RULES = {  # by name: the settings, the step
    "Plain": ("lr = 0.1", "x -= lr*g"),
    "Heavy": ("lr = 0.1, momentum = 0.9", "v = momentum*v - lr*g\nx = x + v"),
    "Pasted": ("lr: float = 0.3\nbeta1=0.9; beta2 = .999\neps = 1e-8 # small", ADAM),
    "Falling": ("lr = 1", "x = x - lr/t * g  # slower and slower"),
    "Returned": ("lr = 0.1, momentum = 0.5",
                 "v = self.momentum * state.v - self.lr * g\nreturn x + v, state._replace(v=v)"),
    "Signs": ("lr = 0.1, k = -2.5", "step_ = lr*sign(g)\nstep_ *= 1 + k/10\nx -= step_ + 0*g"),
    "Choosy": ("lr = 0.1", "same = g*last > 0\nlast = g\nr = np.where(same, lr, lr/2)\nx -= r*g"),
    "Counting": ("lr = 0.2", "n = n + 1; s += g**2 / n\nx -= lr*g/(sqrt(s) + 1e-3*n)"),
    "Old": ("lr = 0.1", "h = 0.9*state.h + g\nx = x - lr*(h + state.h\n   + 0*x)\nh = h/2"),
    "Wrong": ("", "g = clip(g, -1, 1)\nx **= 1\nx -= 0.1*g"),
}  # fmt: skip


def as_rule(name):
    return dict(zip(("name", "settings", "step"), (name, *RULES[name]), strict=True))


@pytest.fixture(scope="module")
def page():
    """What the page makes of the rules alone, and of a figure with all that is typed."""
    typed = {"surfaces": [as_surface("x**2/20 + y**2")], "rules": list(map(as_rule, RULES))[:8]}
    explorer = Explorer(surfaces.ravine, [SGD(lr=0.9), Adam(lr=0.3)], start=(-3, 2), steps=40)
    explorer.typed = typed
    explorer.surface = explorer._places[-1]
    names = [n for n in explorer.keys if not n.startswith("_") and n != "layout"]
    figure = explorer.get_state([n for n in names if n not in ("tabbable", "tooltip")])
    yield read(rules=list(map(as_rule, RULES)), figure=figure), explorer
    explorer.close()


@pytest.mark.parametrize("name", RULES)
def test_a_typed_rule_is_the_rule_that_python_would_send(page, name):
    mine = page[0]["rules"][list(RULES).index(name)]
    explorer = Explorer(surfaces.ravine, typed_rule(name, *RULES[name]), eps=True)
    (sent,) = explorer.rules
    explorer.close()
    for part in sent.keys() - {"step", "init"}:
        assert mine[part] == sent[part], part


def test_the_page_takes_the_path_of_python_and_of_its_own_lines(page):
    """With a kernel, in the page, and in a notebook where the lines are pasted."""
    found, explorer = page[0]["figure"], page[1]
    scope = {}
    exec(found["python"], scope)
    pasted = scope["explorer"]
    assert list(pasted.result) == list(explorer.result) == ["SGD", "Adam", *list(RULES)[:8]]
    assert pasted.words == explorer.words
    assert explorer._as_json()["typed"] == explorer.typed
    for end, one, other in zip(
        found["ends"], explorer.result.values(), pasted.result.values(), strict=True
    ):
        assert_allclose(list(map(float, end)), one.x[-1], rtol=1e-12)
        assert_allclose(one.x, other.x, rtol=1e-12)
    pasted.close()


def test_pasted_lessons_are_the_rules_of_the_library():
    for name, rule in (("Pasted", Adam(lr=0.3)), ("Plain", SGD(lr=0.1))):
        typed = descend(surfaces.ravine, typed_rule(name, *RULES[name]), steps=50)
        assert np.array_equal(typed.x, descend(surfaces.ravine, rule, steps=50).x)


def test_a_weight_decay_has_the_slider_that_python_gives_it():
    one = "Decaying", "lr = 0.1, weight_decay = 0.01", "x = x - lr*(g + weight_decay*x)"
    (mine,) = read(rules=[dict(zip(("name", "settings", "step"), one, strict=True))])["rules"]
    explorer = Explorer(surfaces.ravine, typed_rule(*one))
    assert mine["hyperparameters"] == explorer.rules[0]["hyperparameters"]
    explorer.close()
    for low in "lr = 0.1, weight_decay = -1", "lr = 0.1, eps = -1":
        (said,) = read(rules=[{"name": "Mine", "settings": low, "step": "x -= lr*g"}])["rules"]
        assert "column" in said["error"]
        with pytest.raises(ValueError, match="must be"):
            typed_rule("Mine", low, "x -= lr*g")


def test_the_name_of_a_state_is_no_rules_name():
    with pytest.raises(ValueError, match="a rule's name"):
        typed_rule("MineState", "lr = 0.1", "x -= lr*g")
    explorer = Explorer(surfaces.ravine, SGD(lr=0.9))
    explorer.set_state(
        {"typed": {"surfaces": [], "rules": [{**as_rule("Plain"), "name": "MyState"}]}}
    )
    assert list(explorer.result) == ["SGD"]
    explorer.close()


REFUSED_RULES = [
    ("lr = 0.1", "x -= lr*g\nreturn x(2), state", "no function"),
    ("lr = 0.1", "", "must give x a new value"),
    ("lr = 0.1", "v = lr*g", "must give x a new value"),
    ("lr = 0.1", "x = x - k*g", "k is not known; for a setting write k = 0.1 under Settings"),
    ("lr = 0.1", "x = x - lr*y", "x is the point"),
    ("lr = 0.1", "x = x - self.k*g", "self.k is no setting"),
    ("lr = 0.1", "x = x - state.v", "never gives v a value"),
    ("lr = 0.1", "lr = lr/2\nx = x - lr*g", "lr is a setting"),
    ("lr = 0.1", "x = lr", "x must stay a point"),
    ("lr = 0.1", "x = g > 0", "x is a point"),
    ("lr = 0.1", "x = x - x.T", "a point stands in"),
    ("lr = 0.1", "x.data = g", "plain names only"),
    ("lr = 0.1", "x, v = g, g", "one name a line"),
    ("lr = 0.1", "if x > 0: x = g", "np.where"),
    ("lr = 0.1", "for i in x: x = g", "no loops"),
    ("lr = 0.1", "x = x - lr*g\nreturn x, state.v", "leave the line with return out"),
    ("lr = 0.1", "v = v + g\nx = x - v\nreturn x, state", "return forgets v"),
    ("lr = 0.1", "sin = g\nx = x - sin(g)", "meaning of its own"),
    ("lr = 0.1", "__proto__ = g\nx = g", "begins with a letter"),
    ("lr = 0.1", "constructor = g\nx = g", "cannot be a name"),
    ("lr = 0.1", "x = x - lr*np.sum(g)", "both coordinates"),
    ("lr = 0.1", "x = x\n  - lr*g", "Line 2, column 3: a line begins with a name"),
    ("lr = 0.1", "x = g\n" * 400, "at most 2000 characters"),
    ("lr", "x = g", "a setting needs a number"),
    ("lr:", "x = g", "a setting needs a number"),
    ("lr = -1", "x = g", "lr must be greater than 0"),
    ("lr = momentum", "x = g", "one number"),
    ("lr = 1, lr = 2", "x = g", "has a value already"),
    ("valueOf = 1", "x = g", "cannot be a name"),
    ("lambda = 1", "x = g", "a word of Python"),
    ("step = 1", "x = g", "meaning of its own"),
    ("lr = 1j", "x = g", "complex"),
    ("'", "x = g", "no text"),
    ("a=1," * 300, "x = g", "at most 500 characters|has a value already"),
]


def test_what_is_no_rule_is_refused_with_its_place():
    rules = [{"name": "Mine", "settings": s, "step": step} for s, step, _ in REFUSED_RULES]
    for (one, other, reason), said in zip(REFUSED_RULES, read(rules=rules)["rules"], strict=True):
        assert re.match(r"Error: Line \d+, column \d+: ", said.get("error", "")), (one, other)
        assert re.search(reason, said["error"]), (one, other[:40], said["error"])


def test_a_figure_answers_nonsense_with_what_holds():
    explorer = Explorer(surfaces.ravine, SGD(lr=0.9))
    good = {"surfaces": [as_surface("x**2 + y**2")], "rules": [as_rule("Plain")]}
    explorer.set_state({"typed": good, "surface": len(explorer.surfaces)})
    assert explorer.surface.name == "x**2 + y**2"
    explorer.sliders["Plain.lr"].value = 0.25
    for wrong in (
        None,
        "x",
        {"surfaces": [as_surface("x"), {"text": "x"}], "rules": []},
        {"surfaces": [as_surface("x")] * 2, "rules": []},
        {"surfaces": [], "rules": [as_rule("Plain")] * 2},
        {"surfaces": [], "rules": [{**as_rule("Plain"), "name": "SGD"}]},
        {"surfaces": [], "rules": [{**as_rule("Plain"), "step": "x = open(g)"}]},
    ):
        explorer.set_state({"typed": wrong})
        assert explorer.values == ((0.9,), (0.25,))
        assert explorer.words.startswith("SGD: f = ")
    shorter = {"surfaces": [], "rules": [as_rule("Heavy"), as_rule("Plain")]}
    explorer.typed = shorter  # the surface goes, a rule comes, another one keeps its settings
    assert explorer.surface is surfaces.ravine
    assert explorer.values == ((0.9,), (0.1, 0.9), (0.25,))
    explorer.reset()
    assert list(explorer.sliders) == ["SGD.lr"]
    assert "typed" not in explorer._as_json()
    explorer.close()
