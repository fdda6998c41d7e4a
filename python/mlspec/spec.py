"""Builds a declaration in Python: the same document as in YAML or TypeScript."""

import json
import os
from typing import Any, Dict

from .canonical import canonical_json, plain_json
from .errors import MlspecError, nearest

SECTIONS = (
    "mlspec",
    "name",
    "description",
    "license",
    "intended_use",
    "limitations",
    "owners",
    "params",
    "profiles",
    "store",
    "executor",
    "secrets",
    "imports",
    "task",
    "objectives",
    "ingestion",
    "features",
    "splitting",
    "analysis",
    "validation",
    "transformation",
    "training",
    "evaluation",
    "testing",
    "packaging",
    "serving",
    "monitoring",
    "logging",
    "models",
    "steps",
    "triggers",
)


class Spec:
    """A declaration. Each section is an argument; its value is what stands below its key in YAML.

    >>> Spec(name="penguins", task={"kind": "multiclass", "label": "species"}).to_canonical_json()
    '{"mlspec":1,"name":"penguins","task":{"kind":"multiclass","label":"species"}}'
    """

    def __init__(self, **sections: Any) -> None:
        for name in sections:
            if name not in SECTIONS:
                raise MlspecError(
                    "SPEC_UNKNOWN_SECTION",
                    f"a declaration has no section {name}.{nearest(name, SECTIONS)}",
                    f"Its sections are: {', '.join(SECTIONS)}.",
                )
        self.document: Dict[str, Any] = {"mlspec": 1, **_document_of(sections)}

    def to_dict(self) -> Dict[str, Any]:
        """The document as JSON values."""
        return json.loads(json.dumps(self.document))

    def to_canonical_json(self) -> str:
        """The one text of the document (RFC 8785)."""
        return canonical_json(self.document)

    def save(self, path: "os.PathLike[str] | str" = "mlspec.yaml") -> str:
        """Writes the document. JSON is YAML: the file can be named either way."""
        target = os.fspath(path)
        temporary = f"{target}.{os.getpid()}.tmp"
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(self.document, file, indent=2, ensure_ascii=False, allow_nan=False)
            file.write("\n")
        os.replace(temporary, target)
        return target

    def __repr__(self) -> str:
        return f"Spec({self.document.get('name', '?')})"


def _document_of(value: Any) -> Any:
    """JSON values; a function in the place of a reference becomes `module:function`."""
    if isinstance(value, dict):
        return {str(key): _document_of(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_document_of(item) for item in value]
    if callable(value) and hasattr(value, "__module__") and hasattr(value, "__name__"):
        if value.__module__ == "__main__" or "<" in getattr(value, "__qualname__", ""):
            raise MlspecError(
                "SPEC_LOCAL_FUNCTION",
                f"{value.__name__} is defined in a notebook, a script or inside another function: a step cannot import it",
                "Put it at the top of a module of the project.",
            )
        return f"{value.__module__}:{value.__name__}"
    if isinstance(value, float):
        canonical_json(value)
        return value
    return plain_json(value)
