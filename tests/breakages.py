"""Break a solution on purpose, each time in one place, as a learner's slip would."""

import ast
import copy

OPERATORS = {
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Div, ast.Add],
    ast.Div: [ast.Mult],
    ast.Pow: [ast.Mult],
    ast.Lt: [ast.Gt],
    ast.Gt: [ast.Lt],
    ast.LtE: [ast.GtE],
    ast.GtE: [ast.LtE],
    ast.Eq: [ast.NotEq],
    ast.And: [ast.Or],
    ast.Or: [ast.And],
}
IGNORED = ("x", "g", "lr", "steps", "state")  # arguments that a learner forgets to use


def breakages(source):
    """Yield what was done and the source after it, for each place of a solution."""
    tree = ast.parse(source)
    for place, node in enumerate(ast.walk(tree)):
        for done, change in changes(node):
            broken = copy.deepcopy(tree)
            target = next(n for i, n in enumerate(ast.walk(broken)) if i == place)
            new = change(target)
            if new is not None:
                broken = Put(target, new).visit(broken)
            ast.fix_missing_locations(broken)
            yield f"{ast.unparse(node)}: {done}", ast.unparse(broken)


class Put(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, old, new):
        self.old, self.new = old, new

    def visit(self, node):
        return self.new if node is self.old else super().visit(node)


def changes(node):
    """Yield what can be done to a node: words, and a function that does it to a copy.

    The function returns what comes in the node's place, or None if it changed the node itself.
    """
    match node:
        case ast.Constant(value=bool()):
            yield "turned round", lambda n: ast.Constant(not n.value)
        case ast.Constant(value=int() | float()):
            yield "one more", lambda n: ast.Constant(n.value + 1)
            yield "doubled", lambda n: ast.Constant(2 * n.value)
            yield "the sign", lambda n: ast.UnaryOp(ast.USub(), n)
        case ast.BinOp():
            yield "the left alone", lambda n: n.left
            yield "the right alone", lambda n: n.right
            for other in OPERATORS.get(type(node.op), ()):
                yield other.__name__, lambda n, other=other: setattr(n, "op", other())
        case ast.UnaryOp(op=ast.USub() | ast.Not()):
            yield "dropped", lambda n: n.operand
        case ast.BoolOp():
            for other in OPERATORS[type(node.op)]:
                yield other.__name__, lambda n, other=other: setattr(n, "op", other())
        case ast.Compare(ops=[op]):
            for other in OPERATORS.get(type(op), ()):
                yield other.__name__, lambda n, other=other: setattr(n, "ops", [other()])
        case ast.Call(func=func, args=args, keywords=keywords):
            for i, argument in enumerate(args):
                if not isinstance(argument, ast.Starred | ast.GeneratorExp):
                    yield f"argument {i} alone", lambda n, i=i: n.args[i]
            for i, keyword in enumerate(keywords):
                yield f"without {keyword.arg}", lambda n, i=i: n.keywords.pop(i) and None
            if isinstance(func, ast.Attribute) and func.attr == "_replace":
                yield "the old state", lambda n: n.func.value
        case ast.Attribute(value=ast.Name(id="self"), ctx=ast.Load()):
            yield "ignored", lambda n: ast.Constant(0.1)
        case ast.Name(id=name, ctx=ast.Load()) if name in IGNORED:
            yield "ignored", lambda n: ast.BinOp(ast.Constant(0), ast.Mult(), n)
        case ast.Return(value=ast.Tuple(elts=[_, second])) if not isinstance(second, ast.Name):
            yield "the old state", lambda n: n.value.elts.__setitem__(1, ast.Name("state"))
        case ast.FunctionDef() | ast.For() | ast.If():
            for i, line in enumerate(node.body):
                if isinstance(line, ast.Assign | ast.AugAssign | ast.Expr) and len(node.body) > 1:
                    yield f"without {ast.unparse(line)}", lambda n, i=i: n.body.pop(i) and None
