"""Small changes of Python functions, put in force in this process."""

from __future__ import annotations

import ast
import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import CodeType, FunctionType

from tests.mutants.targets import ROOT

Key = tuple[str, str, int]
"""File, qualified name and first line: which function it is."""

COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
# Who may do what: `monolith.namespaces.policy.Level`.
LOWER = {"OWN": "MAINTAIN", "MAINTAIN": "WORK", "WORK": "REPORT", "REPORT": "READ"}
FILTERS = {"filter", "exclude", "get", "update_or_create", "get_or_create", "Q", "alias"}
# What they do shows in no answer.
UNSEEN = {"debug", "info", "warning", "error", "exception", "inc", "observe", "announce"}


@dataclass(frozen=True)
class Change:
    """One changed node of a file."""

    path: Path
    line: int
    function: Key
    what: str
    number: int = -1
    """Which of the file's changes it is."""
    text: str = ""
    """The whole file with the change, instead of a number."""

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line} {self.function[1]}: {self.what}"


def changes_of(path: Path) -> list[Change]:
    """Every change of a file's functions, in the order of its lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        Change(path, node.lineno, (str(path), name, line), what, number)
        for number, (node, name, line, what) in enumerate(_sites(tree))
    ]


def put_in_force(change: Change) -> bool:
    """Give the file's functions in this process their changed code; False when no function could be changed."""
    changed = {key_of(code): code for code in _codes(compile(_changed(change), str(change.path), "exec"))}
    done = False
    for each in gc.get_objects():
        # Not `isinstance`: it looks into lazy objects, which load what they stand for.
        if type(each) is FunctionType and each.__code__.co_filename == str(change.path):
            code = changed.get(key_of(each.__code__))
            if code is not None and code.co_freevars == each.__code__.co_freevars:
                each.__code__ = code
                done = True
    return done


def _changed(change: Change) -> ast.Module:
    if change.text:
        return ast.parse(change.text)
    tree = ast.parse(change.path.read_text(encoding="utf-8"))
    for number, _ in enumerate(_sites(tree, only=change.number)):
        if number == change.number:
            break
    return ast.fix_missing_locations(tree)


def key_of(code: CodeType) -> Key:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def _codes(code: CodeType) -> Iterator[CodeType]:
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield each
            yield from _codes(each)


Node = ast.expr | ast.stmt
Replace = Callable[[Node], None]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def _sites(tree: ast.Module, only: int = -1) -> Iterator[tuple[Node, str, int, str]]:
    """What can be changed, in order. The change of this number is made in the tree before it comes."""
    count = 0
    for function, name in functions(tree):
        line = first_line(function)
        for node, replace in _own(function):
            for what, changed in _ways(node):
                if count == only:
                    replace(ast.copy_location(changed, node))
                yield node, name, line, what
                count += 1


def first_line(function: Function) -> int:
    """The line of a function that its code begins with: that of its first decorator."""
    return min([function.lineno, *(each.lineno for each in function.decorator_list)])


def functions(node: ast.AST, before: str = "") -> Iterator[tuple[Function, str]]:
    """The functions of a file with their qualified names, those within others after them."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            yield child, f"{before}{child.name}"
            yield from functions(child, f"{before}{child.name}.<locals>.")
        elif isinstance(child, ast.ClassDef):
            yield from functions(child, f"{before}{child.name}.")
        else:
            yield from functions(child, before)


def _own(parent: ast.AST) -> Iterator[tuple[Node, Replace]]:
    """The nodes of a function's body, without functions and classes in it, and how to put others in their place."""
    for name, value in ast.iter_fields(parent):
        if isinstance(parent, Function) and name != "body":
            continue
        places = enumerate(value) if isinstance(value, list) else [(-1, value)]
        for at, child in places:
            if isinstance(child, Function | ast.ClassDef | ast.AnnAssign | ast.JoinedStr):
                continue
            if isinstance(child, Node):
                yield child, partial(_put, parent, name, at)
            if isinstance(child, ast.AST):
                yield from _own(child)


def _put(parent: ast.AST, name: str, at: int, changed: Node) -> None:
    if at < 0:
        setattr(parent, name, changed)
    else:
        getattr(parent, name)[at] = changed


def _ways(node: Node) -> Iterator[tuple[str, Node]]:  # noqa: C901  one case for each kind
    """What can be put in a node's place."""
    match node:
        case ast.Compare(ops=[op, *more]) if type(op) in COMPARED:
            other = COMPARED[type(op)]
            changed = ast.Compare(node.left, [other(), *more], node.comparators)
            yield f"{type(op).__name__} became {other.__name__}", changed
        case ast.BoolOp(op=ast.And()):
            yield "And became Or", ast.BoolOp(ast.Or(), node.values)
        case ast.BoolOp():
            yield "Or became And", ast.BoolOp(ast.And(), node.values)
        case ast.UnaryOp(op=ast.Not()):
            yield "a not is gone", node.operand
        case ast.BinOp(op=ast.Add()):
            yield "Add became Sub", ast.BinOp(node.left, ast.Sub(), node.right)
        case ast.BinOp(op=ast.Sub()):
            yield "Sub became Add", ast.BinOp(node.left, ast.Add(), node.right)
        case ast.BinOp(op=ast.BitAnd()):
            yield "BitAnd became BitOr", ast.BinOp(node.left, ast.BitOr(), node.right)
        case ast.BinOp(op=ast.BitOr()):
            yield "BitOr became BitAnd", ast.BinOp(node.left, ast.BitAnd(), node.right)
        case ast.Attribute(value=ast.Name(id="Level"), attr=name) if name in LOWER:
            yield f"Level.{name} became Level.{LOWER[name]}", ast.Attribute(node.value, LOWER[name], node.ctx)
        case ast.If():
            yield "the condition is turned round", ast.If(_turned(node.test), node.body, node.orelse)
        case ast.IfExp():
            yield "the condition is turned round", ast.IfExp(_turned(node.test), node.body, node.orelse)
        case ast.Expr(value=ast.Call()) if _name(node.value) not in UNSEEN:
            yield f"no {ast.unparse(node.value)[:60]}", ast.Pass()
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield "it returns None", ast.Return(ast.Constant(None))
        case ast.Raise(exc=ast.expr()):
            yield "it raises nothing", ast.Pass()
        case ast.Constant(value=bool() as value):
            yield f"{value} became {not value}", ast.Constant(not value)
        case ast.Constant(value=int() as value):
            yield f"{value} became {value + 1}", ast.Constant(value + 1)
        case ast.Call(func=ast.Attribute(value=rows, attr="filter" | "exclude" as name), args=[_, *_]):
            yield f"no {name}({ast.unparse(node.args[0])[:60]})", rows
        case ast.Call(keywords=[_, *_]) if _name(node) in FILTERS:
            for keyword in node.keywords:
                if keyword.arg not in {None, "defaults"}:
                    left = [each for each in node.keywords if each is not keyword]
                    yield f"{_name(node)} without {keyword.arg}", ast.Call(node.func, node.args, left)


def _turned(test: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), test)


def _name(call: ast.expr) -> str:
    function = call.func if isinstance(call, ast.Call) else call
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
