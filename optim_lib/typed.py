"""What a learner typed in the live figure, as a surface and as a rule.

The page reads a text in a small part of Python's notation and replays it; here Python's own `ast`
reads the same text. Its nodes are walked, and only those of a short list are known: no text is ever
run, and nothing is called but the functions of NumPy that stand in `FUNCTIONS`.
"""

import ast
import keyword
import operator
import re
from collections import namedtuple

import numpy as np

from optim_lib.optimizers import Optimizer
from optim_lib.recording import Recorded
from optim_lib.surfaces import from_function

__all__ = ["typed_rule", "typed_surface"]

MOST_TEXT, MOST_LINE = 2000, 500  # characters
MOST_NUMBER = float(np.finfo(float).max)
ONE = (
    "sin cos tan exp log sqrt abs absolute fabs sign tanh arctan cbrt expm1 log1p log2 log10 "
    "arcsin arccos sinh cosh floor ceil trunc rint square isnan isfinite logical_not"
)
TWO = "maximum minimum fmax fmin hypot arctan2 remainder mod fmod power logical_and logical_or"
FUNCTIONS = {
    name: (getattr(np, name), count)
    for count, names in enumerate((ONE, TWO, "where clip"), 1)
    for name in names.split()
}
CONSTANTS = {"pi": np.pi, "e": np.e}
OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.BitAnd: np.logical_and,
    ast.BitOr: np.logical_or,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
NUMPY = ("np", "numpy", "math")
OWN_NAMES = {
    *("x", "y", "g", "t", "pi", "self", "state", *NUMPY, *FUNCTIONS),
    *("step", "init", "update", "reset", "hyperparameters", "surfaces"),
    *("constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable"),
    *("toLocaleString", "toString", "valueOf"),  # what every object of a page has
}
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,19}")
SETTING = re.compile(r"\s*(\w+)(?:\s*:\s*\w*)?\s*=\s*(-?)\s*([\d._]\S*)\s*")
LABEL = re.compile(r"[A-Z][A-Za-z0-9]{0,19}")
TAKEN = {"SGD", "Momentum", "Adagrad", "RMSProp", "Adam", "Optimizer", "Explorer", "NamedTuple"}


def typed_surface(text, bounds=((-4, 4), (-4, 4))):
    """Return the surface of an expression of x and y.

    Parameters
    ----------
    text : str
    bounds : ((x_min, x_max), (y_min, y_max))

    Raises
    ------
    ValueError
        If the text is no such expression; or the surface is none, as `surfaces.from_function` says.

    Examples
    --------
    >>> typed_surface("x**2/20 + sin(y)").grad((10.0, 0.0))
    array([1., 1.])
    """
    tree = _read(text.strip())
    if len(tree) != 1 or not isinstance(tree[0], ast.Expr):
        raise ValueError(f"a surface is one expression of x and y, got {text!r}")
    expression = tree[0].value
    (x_min, x_max), (y_min, y_max) = bounds
    start = x_min + 0.1 * (x_max - x_min), y_min + 0.8 * (y_max - y_min)

    def f(x, y):
        return _value(expression, {"": {"x": x, "y": y}})

    try:
        with np.errstate(all="ignore"):
            height = f(*map(np.float64, start))  # what is not known is said plainly
    except TypeError as error:  # of NumPy: -(x > 0)
        raise _mistake(expression, str(error)) from None
    if isinstance(height, np.bool_):
        raise _mistake(expression, "a height is a number, not a comparison")
    if not {("", "x"), ("", "y")} & {*_names(expression)}:
        raise _mistake(expression, "a surface needs x or y in it")
    return from_function(
        f, bounds=bounds, start=tuple(float(f"{c:.6g}") for c in start), name=text.strip()
    )


def typed_rule(name, settings, step):
    """Return an optimizer made of settings and of the lines of a step.

    What the step assigns, and reads before it does, is remembered, from 0 on; `t` counts the steps.

    Parameters
    ----------
    name : str
    settings : str
        Names with numbers, such as "lr = 0.1, momentum = 0.9".
    step : str

    Raises
    ------
    ValueError
        If the text is not of this kind.

    Examples
    --------
    >>> rule = typed_rule("Mine", "lr = 0.1, momentum = 0.9", "v = momentum*v - lr*g; x += v")
    >>> rule
    Mine(lr=0.1)
    >>> x, state = rule.step(np.array([1.0, 2.0]), np.array([2.0, 4.0]), rule.init(np.zeros(2)))
    >>> x, state.v
    (array([0.8, 1.6]), array([-0.2, -0.4]))
    """
    if not LABEL.fullmatch(name) or name in TAKEN or name.endswith("State"):
        raise ValueError(f"a rule's name is one of its own with a capital letter, got {name!r}")
    defaults = _settings(settings)
    lines, state = _lines(step, defaults)
    pairs = _pairs(lines, state)
    kind = namedtuple(f"{name}State", state)

    def init(self, x):
        return kind(*(np.zeros_like(x) if field in pairs else 0.0 for field in state))

    def step_(self, x, g, state):
        old = state._asdict()
        given = {key: _number(getattr(self, key)) for key in defaults}
        scopes = {"": {**given, **old, "x": x, "g": g}, "self": given, "state": old}
        for target, expression in lines:
            scopes[""][target] = _value(expression, scopes)
        return scopes[""]["x"], kind(*(scopes[""][field] for field in kind._fields))

    body = {
        "__module__": __name__,
        "__doc__": f"A rule that was typed.\n\n{step}",
        "__annotations__": dict.fromkeys(defaults, float),
        **defaults,
        "init": init,
        "step": step_,
    }
    rule, one = type(name, (Optimizer,), body)(), np.ones(2)
    wrong = ValueError("x must stay a point: a new value is made of x or g")
    try:
        with np.errstate(all="ignore"):
            x, _ = rule.step(one, one, rule.init(one))
    except TypeError:  # of what is no point
        raise wrong from None
    if np.shape(x) != (2,) or np.asarray(x).dtype != float:
        raise wrong
    return rule


# Reading


def _read(text):
    """Return the statements of a text, or say what is wrong with it."""
    if len(text) > MOST_TEXT or max(map(len, text.split("\n"))) > MOST_LINE:
        raise ValueError(f"at most {MOST_TEXT} characters, {MOST_LINE} in a line")
    lines = "\n".join(line.strip() for line in text.split("\n"))
    try:
        tree = ast.parse(lines).body
    except SyntaxError as error:
        raise ValueError(f"{_place(error.lineno, error.offset)}: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise ValueError(f"no such notation: {error}") from None
    return tree


def _place(line, column):
    return f"line {line}, column {column}"


def _mistake(node, reason):
    """Return an error that says where a text goes wrong."""
    return ValueError(f"{_place(node.lineno, node.col_offset + 1)}: {reason}")


def _is_free(name):
    """Whether a name can be given to a setting or a value."""
    return bool(NAME.fullmatch(name)) and name not in OWN_NAMES and not keyword.iskeyword(name)


def _settings(text):
    """Return the settings by name."""
    found = {}
    if len(text) > MOST_TEXT:
        raise ValueError(f"at most {MOST_TEXT} characters")
    for part in filter(str.strip, re.split("[,;\n]", re.sub("#[^\n]*", "", text))):
        form = SETTING.fullmatch(part)
        if not form or form[1] in found or not _is_free(form[1]):
            raise ValueError(f"a setting is a name of its own with a number: {part.strip()!r}")
        found[form[1]] = float(form[3]) * (-1 if form[2] else 1)
    return found


def _lines(text, settings):
    """Return the names that a step assigns with their expressions, and those that it remembers."""
    nodes = _read(text)
    for node in nodes[:-1]:
        if isinstance(node, ast.Return):
            raise _mistake(node, "nothing comes behind return")
    lines = [pair for node in nodes for pair in _assigned(node)]
    assigned = [target for target, _ in lines]
    if "x" not in assigned:
        raise ValueError("the step must give x a new value")
    for target in assigned:
        if target in settings or not (target in ("x", "g", "t") or _is_free(target)):
            raise ValueError(f"the step cannot assign to {target}")
    before, read = {"x", "g", *settings}, set()
    for target, expression in lines:
        for owner, name in _names(expression):
            if (owner == "" and name not in before) or owner == "state":
                read.add(name)
        before.add(target)
    if "t" in read and "t" not in assigned:
        lines.insert(0, ("t", ast.parse("state.t + 1", mode="eval").body))
        assigned.insert(0, "t")
    if unknown := read - {*assigned} | read & {"x", "g"}:
        raise ValueError(f"not known in the step: {', '.join(sorted(unknown))}")
    return lines, [name for name in dict.fromkeys(assigned) if name in read]


def _assigned(node):
    """Return the names that a statement assigns, with their expressions."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return [(name, value)]
        case ast.AugAssign(target=ast.Name(id=name) as old, op=op, value=value):
            before = ast.copy_location(ast.Name(old.id), old)
            return [(name, ast.copy_location(ast.BinOp(before, op, value), node))]
        case ast.Return(value=ast.Tuple(elts=[ast.Name(id="x"), _])):
            return []
        case ast.Return(value=ast.Tuple(elts=[value, _])):
            return [("x", value)]
    raise _mistake(node, f"a line gives a name its value, as in x = x - lr*g: {ast.unparse(node)}")


def _names(expression):
    """Return the names in an expression that are not NumPy's: to whom each belongs, and itself."""
    found = []
    queue = [expression]
    while queue:
        match node := queue.pop():
            case ast.Attribute(value=ast.Name(id=owner), attr=name):
                found += [(owner, name)] * (owner not in NUMPY)
            case ast.Name(id=name):
                found += [("", name)] * (name != "pi")
            case ast.Call(args=args):
                queue += args
            case _:
                queue += ast.iter_child_nodes(node)
    return found


def _pairs(lines, state):
    """Return what of the state holds a number for each coordinate: what is made of such."""
    pairs, count = set(), -1
    while count < len(pairs):
        count, now = len(pairs), {"x", "g", *pairs}
        for target, expression in lines:
            pair = any(
                name in (pairs if owner == "state" else now)
                for owner, name in _names(expression)
                if owner != "self"
            )
            now = now | {target} if pair else now - {target}
        pairs |= now & {*state}
    return pairs


# Meaning


def _value(node, scopes):
    """Return the value of an expression; `scopes` has those of names, by whom they belong to."""
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            if abs(value) > MOST_NUMBER:
                raise _mistake(node, "this number is too large")
            return np.float64(value)
        case ast.Name(id=name):
            return np.float64(np.pi) if name == "pi" else _of(scopes[""], node, "", name)
        case ast.Attribute(value=ast.Name(id=owner), attr=name):
            known = CONSTANTS if owner in NUMPY else scopes.get(owner, {})
            return _of(known, node, owner, name)
        case ast.UnaryOp(op=op, operand=operand) if type(op) in OPERATORS:
            return OPERATORS[type(op)](_value(operand, scopes))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return OPERATORS[type(op)](_value(left, scopes), _value(right, scopes))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in OPERATORS:
            return OPERATORS[type(op)](_value(left, scopes), _value(right, scopes))
        case ast.Call(func=func, args=args, keywords=[]):
            match func:
                case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner in NUMPY:
                    pass
                case ast.Name(id=name):
                    pass
                case _:
                    raise _mistake(node, "only functions of NumPy can be called")
            function, count = _of(FUNCTIONS, node, "", name)
            if len(args) != count:
                raise _mistake(node, f"{name} takes {count} arguments, got {len(args)}")
            return function(*(_value(arg, scopes) for arg in args))
        case ast.BinOp(op=ast.BitXor()):
            raise _mistake(node, "^ is not known here; a power is written **, as in x**2")
    raise _mistake(node, f"{ast.unparse(node)[:60]} is not known here")


def _of(known, node, owner, name):
    if name not in known:
        raise _mistake(node, f"{owner}{'.' if owner else ''}{name} is not known here")
    return known[name]


def _number(value):
    """Return a hyperparameter as NumPy's, which divides by zero as a browser does."""
    return value if isinstance(value, Recorded) else np.asarray(value, dtype=float)[()]
