"""`python -m mlspec.describe module:function`: prints a function's signature as JSON, without calling it."""

import json
import os
import sys
import typing
from typing import Any, Dict, Optional, Sequence

from .errors import MlspecError
from .failure import describe_failure
from .loading import load_function, split_reference
from .signature import EMPTY, Signature, Slot, is_artifact, read_signature
from .tables import library_of_annotation


def describe_function(function: Any) -> Dict[str, Any]:
    """A function's ports, parameters and returned values as JSON.

    `open` lists arguments of which only a step's wiring can tell whether they are ports or parameters.
    """
    return describe_signature(read_signature(function), (getattr(function, "__doc__", None) or "").strip())


def describe_signature(signature: Signature, doc: str = "") -> Dict[str, Any]:
    """The JSON of a signature."""
    groups: Dict[str, Dict[str, Any]] = {"inputs": {}, "outputs": {}, "parameters": {}, "open": {}}
    for slot in signature.slots:
        group = {"input": "inputs", "output": "outputs", "parameter": "parameters"}.get(slot.kind, "open")
        groups[group][slot.name] = _describe_slot(slot)
    return {
        "name": signature.name,
        "doc": doc,
        **groups,
        "values": {name: type_text(kind) for name, kind in signature.values.items()},
        "variadic": signature.variadic,
    }


def _describe_slot(slot: Slot) -> Dict[str, Any]:
    described: Dict[str, Any] = {"type": type_text(slot.type), "required": slot.required and not slot.optional}
    if slot.many:
        described["many"] = True
    if not slot.required:
        try:
            json.dumps(slot.default)
            described["default"] = slot.default
        except TypeError:
            described["default"] = repr(slot.default)
    return described


def type_text(kind: Any) -> str:
    """The name of a type as a declaration writes it: artifact types by their names, tables of libraries as Dataset."""
    if kind is EMPTY or kind is Any or isinstance(kind, typing.TypeVar):
        return "Any"
    if isinstance(kind, str):
        return "Dataset" if library_of_annotation(kind) else kind
    if is_artifact(kind):
        return str(kind.type_name)
    if library_of_annotation(kind):
        return "Dataset"
    plain = {int: "integer", float: "number", str: "string", bool: "boolean", dict: "map", list: "list"}
    return plain.get(kind) or plain.get(typing.get_origin(kind), "") or getattr(kind, "__name__", str(kind))


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Prints the JSON of the one function named, or of an error as `{"error": …}`."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if len(arguments) != 1:
        print("usage: python -m mlspec.describe module:function", file=sys.stderr)
        return 2
    root = os.getcwd()
    try:
        # What the module prints while it is imported must not get into the answer.
        answer, sys.stdout = sys.stdout, sys.stderr
        try:
            described = describe_function(load_function(*split_reference(arguments[0]), root))
        finally:
            sys.stdout = answer
    except (Exception, SystemExit) as error:
        print(json.dumps({"error": describe_failure(error, root)}, ensure_ascii=False))
        return 1
    print(json.dumps(described, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
