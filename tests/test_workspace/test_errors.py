"""No method of the stand-in answers an error that Slack has not published for it: shown by reading its code."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandbox.workspace import args, methods
from bot.sandbox.workspace.errors import is_published, published, refuse
from bot.sandbox.workspace.methods import METHODS

FOLDER = Path(inspect.getfile(methods)).parent
SOURCES = [*FOLDER.glob("*.py"), Path(inspect.getfile(args))]
REFUSALS = ("refuse", "refuse_blocks")


def functions() -> dict[tuple[str, str], ast.FunctionDef]:
    """Every function of the methods' modules, by module and name; those of classes under their bare name."""
    found = {}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                found[path.stem, node.name] = node
    return found


def called(node: ast.FunctionDef) -> Iterator[tuple[str, ast.Call]]:
    for each in ast.walk(node):
        if isinstance(each, ast.Call):
            name = each.func.attr if isinstance(each.func, ast.Attribute) else getattr(each.func, "id", "")
            yield name, each


def reachable(start: tuple[str, str]) -> Iterator[ast.FunctionDef]:
    """The function and all that it calls: of its own module first, else of the modules everyone shares."""
    known, waiting, seen = functions(), [start], set()
    while waiting:
        at = waiting.pop()
        if at in seen or at not in known:
            continue
        seen.add(at)
        yield known[at]
        for name, _ in called(known[at]):
            home = next((m for m in (at[0], "call", "args") if (m, name) in known), None)
            if home:
                waiting.append((home, name))


def literals(node: ast.Call) -> list[str]:
    return [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]


@pytest.mark.parametrize("method", sorted(METHODS))
def test_every_refusal_in_the_code_is_published_for_its_method(method: str) -> None:
    handler = METHODS[method]
    start = (Path(inspect.getfile(handler)).stem, handler.__name__)
    functions_of = list(reachable(start))
    assert functions_of, f"{method} is not found by reading"
    for node in functions_of:
        for name, call in called(node):
            codes = literals(call)
            if name in REFUSALS and codes and node.name != "_refuse_missing":
                assert is_published(method, codes[0]), f"{method} may not answer {codes[0]} (in {node.name})"
            if name == "refuse_first" and codes:
                assert any(is_published(method, code) for code in codes), f"{method}: none of {codes}"


def test_the_walk_finds_refusals_at_all() -> None:
    found = [literals(c) for node in reachable(("chat", "post_message")) for n, c in called(node) if n in REFUSALS]
    assert ["not_in_channel"] in found and ["channel_not_found"] in found and ["cannot_reply_to_message"] in found


def test_the_stand_in_answers_just_the_methods_of_its_data_file() -> None:
    assert METHODS.keys() == published().keys()


def test_an_unpublished_code_is_a_mistake_of_ours() -> None:
    with pytest.raises(AssertionError, match="is not a published error"):
        refuse("chat.update", "is_archived")
