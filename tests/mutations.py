"""What `tests.mutants` changes in a module of `kpi`: one operator, number or statement at a time.

A mutant is the whole module with one change. Texts, types and docstrings are left alone.
"""

import ast
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import NamedTuple

KPI = Path(__file__).parents[1] / "kpi"

Change = Callable[[ast.AST], None]
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.MatMult: ast.Mult,
}
Dropped = ast.Assign | ast.AugAssign | ast.If | ast.For | ast.While | ast.Expr | ast.Continue


class Mutant(NamedTuple):
    """One change: where, what, and the whole module with it."""

    module: str
    line: int
    change: str
    source: str


def mutants(module: str) -> list[Mutant]:
    """Every mutant of a module, in the order of its lines."""
    tree = ast.parse(Path(KPI, f"{module}.py").read_text("utf-8"))
    found = []
    for place, node in enumerate(ast.walk(tree)):
        for change, apply in changes(node):
            copy = deepcopy(tree)
            twin = next(other for at, other in enumerate(ast.walk(copy)) if at == place)
            apply(twin)
            found.append(Mutant(module, getattr(node, "lineno", 0), change, ast.unparse(copy)))
    return sorted(found, key=lambda one: (one.line, one.change))


def changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    """What can be changed in a node, and how."""
    yield from statements(node)
    match node:
        case ast.Compare(ops=ops):
            yield from compared(ops)
        case ast.BinOp(op=operator) | ast.AugAssign(op=operator) if type(operator) in ARITHMETIC:
            twin = ARITHMETIC[type(operator)]
            yield f"{type(operator).__name__} -> {twin.__name__}", set_to("op", twin())
        case ast.UnaryOp(op=ast.Not() | ast.Invert() | ast.USub(), operand=operand):
            yield f"{ast.unparse(node)} -> {ast.unparse(operand)}", set_to("op", ast.UAdd())
        case ast.BoolOp(op=ast.And()):
            yield "and -> or", set_to("op", ast.Or())
        case ast.BoolOp(op=ast.Or()):
            yield "or -> and", set_to("op", ast.And())
        case ast.Constant(value=bool(value)):
            yield f"{value} -> {not value}", set_to("value", not value)
        case ast.Constant(value=int(value) | float(value)):
            yield f"{value} -> {value + 1}", set_to("value", value + 1)
            yield f"{value} -> {value - 1}", set_to("value", value - 1)
        case _:
            return


def compared(ops: list[ast.cmpop]) -> Iterator[tuple[str, Change]]:
    """Each comparison of a chain by itself."""
    for at, op in enumerate(ops):
        if type(op) in COMPARISONS:
            other = COMPARISONS[type(op)]
            put = [*ops[:at], other(), *ops[at + 1 :]]
            yield f"{type(op).__name__} -> {other.__name__}", set_to("ops", put)


def statements(node: ast.AST) -> Iterator[tuple[str, Change]]:
    """What can be left out of a node, and how."""
    match node:
        case ast.Return(value=ast.expr()):
            yield "return None", set_to("value", ast.Constant(None))
        case (
            ast.FunctionDef(body=body)
            | ast.If(body=body)
            | ast.For(body=body)
            | ast.While(body=body)
        ):
            for at, line in enumerate(body):
                if isinstance(line, Dropped) and not is_text(line):
                    yield f"drop {ast.unparse(line).splitlines()[0]}", dropping(at)
        case _:
            return


def is_text(line: ast.AST) -> bool:
    """Whether a statement is a docstring."""
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)


def set_to(field: str, value: object) -> Change:
    """A change of one field."""
    return lambda node: setattr(node, field, value)


def dropping(at: int) -> Change:
    """A change that takes one statement out of a block."""

    def apply(node: ast.AST) -> None:
        if isinstance(node, ast.FunctionDef | ast.If | ast.For | ast.While):
            node.body[at] = ast.Pass()

    return apply
