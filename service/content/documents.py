"""YAML files into checked models, with errors that name the file, the line and what to do."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from service.errors import ContentError

ModelT = TypeVar("ModelT", bound=BaseModel)
Place = Sequence[str | int]
"""Where in a document: keys and list positions from the root."""


class _Loader(yaml.SafeLoader):
    """YAML 1.2's plain scalars. In PyYAML's 1.1 `no` is false and `20:15` is 1215: traps for those who edit content."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", r"true|false", list("tf")),
    ("int", r"[-+]?(0|[1-9][0-9]*)", list("-+0123456789")),
    ("float", r"[-+]?[0-9]+\.[0-9]+", list("-+0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), _first)


class Document:
    """One YAML file: its plain data, and the line of every place in it. Keys given twice are refused."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        try:
            loader = _Loader(text)
            root = loader.get_single_node()
            if root is None:
                raise ContentError(f"{path}: the file is empty")
            self._root: yaml.Node = root
            self._refuse_doubles(root)
            self.data: object = loader.construct_document(root)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise ContentError(f"{path}:{line}: not valid YAML: {error.problem or error.context}") from error
        except yaml.YAMLError as error:
            raise ContentError(f"{path}: not valid YAML: {error}") from error

    @classmethod
    def read(cls, path: Path) -> "Document":
        try:
            return cls(path, path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise ContentError(f"{path}: cannot be read: {error}") from error

    def line(self, place: Place) -> int:
        """The line of a place, or of the nearest one above it that the file has."""
        node = self._root
        found = node.start_mark.line
        for step in place:
            child = _child(node, step)
            if child is None:
                break
            found, node = child
        return found + 1

    def parse(self, model: type[ModelT]) -> ModelT:
        """The data as `model`. Raises ContentError that lists every problem with its line."""
        try:
            return model.model_validate(self.data)
        except ValidationError as error:
            problems = [
                f"{self.path}:{self.line(problem['loc'])}: "
                f"{'.'.join(str(step) for step in problem['loc']) or 'the file'}: {_plain(problem['msg'])}"
                for problem in error.errors()
            ]
            raise ContentError("\n".join(problems)) from error

    def error(self, place: Place, message: str) -> ContentError:
        return ContentError(f"{self.path}:{self.line(place)}: {message}")

    def _refuse_doubles(self, node: yaml.Node) -> None:
        if isinstance(node, yaml.SequenceNode):
            for item in node.value:
                self._refuse_doubles(item)
        elif isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                name = str(key.value)
                if name in seen:
                    raise ContentError(f"{self.path}:{key.start_mark.line + 1}: {name!r} is given twice; keep one")
                seen.add(name)
                self._refuse_doubles(value)


def _child(node: yaml.Node, step: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        return item.start_mark.line, item
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark.line, value
    return None


def _plain(message: str) -> str:
    """Pydantic's words as a translator or clinician would say them."""
    message = message.removeprefix("Value error, ")
    return {
        "Extra inputs are not permitted": "this key is not known here; check its spelling or take it out",
        "Field required": "is missing; add it",
    }.get(message, message)
