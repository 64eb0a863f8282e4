"""Descriptions of fields, read from the docstrings under them: only the CRD needs them, so only it waits."""

import ast
import inspect
import itertools
import textwrap

from pydantic import BaseModel


def of(model: type[BaseModel]) -> dict[str, str]:
    """Return the docstring under each field of a model and of its bases, by the field's name.

    Raises
    ------
    OSError
        If the source of the model is not there to be read.
    """
    bases = [base for base in model.__mro__[::-1] if issubclass(base, BaseModel) and base is not BaseModel]
    return {name: text for base in bases for name, text in _docstrings(base)}


def _docstrings(model: type) -> list[tuple[str, str]]:
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    body = definition.body if isinstance(definition, ast.ClassDef) else []
    return [
        (field.target.id, inspect.cleandoc(below.value.value))
        for field, below in itertools.pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
        if isinstance(below.value.value, str)
    ]
