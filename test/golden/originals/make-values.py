"""What the original library, mlspeclib 1.1.15 (MIT), says of its registries and of documents.

    python -m venv V && V/bin/pip install mlspeclib==1.1.15 marshmallow==3.21.3 semver==2.13.0 python-box==5.4.1 tornado
    V/bin/python make-values.py fields > mlspeclib-fields.json
    V/bin/python make-values.py verdicts < documents.json > mlspeclib-verdicts.json

The library asks for no versions; with the newest of these four it does not load. `fields` lists every field of every schema
that the library registers: path, class of the field, whether it is required, whether it may be null, the words that are
allowed. environment.yml of 0.0.1, which the library never loads, is read as it is. `verdicts` reads a list of documents as
texts and says of each which fields the library complains about, or that it cannot be read.
"""
import importlib.metadata
import json
import logging
import pathlib
import sys

import marshmallow
import mlspeclib
import yaml
from mlspeclib.mlschema import MLSchema

logging.disable(logging.CRITICAL)
MLSchema.populate_registry()
VERSION = importlib.metadata.version("mlspeclib")


def fields_of(schema, prefix=""):
    for name, field in sorted(schema().fields.items()):
        path = f"{prefix}{name}"
        nested = isinstance(field, marshmallow.fields.Nested)
        found = {"path": path, "type": type(field).__name__, "required": field.required, "empty": field.allow_none}
        one_of = getattr(field, "validate", None)
        if isinstance(one_of, marshmallow.validate.OneOf):
            found["allowed"] = list(one_of.choices)
        yield found
        if nested:
            yield from fields_of(field.nested, f"{path}.")


def declared():
    """Types of every schema file, whether the library loads it or not."""
    root = pathlib.Path(mlspeclib.__file__).parent / "schemas"
    for file in sorted(root.glob("**/*.y*ml")):
        schema = yaml.safe_load(file.read_text("utf-8"))
        yield (
            str(file.relative_to(root)),
            schema["mlspec_schema_version"]["meta"],
            schema["mlspec_schema_type"]["meta"],
            sorted(paths(schema)),
        )


def paths(schema, prefix=""):
    for name, field in schema.items():
        if "meta" in field:
            continue
        yield f"{prefix}{name}"
        if str(field.get("type", "")).lower() == "nested":
            yield from paths(field["schema"], f"{prefix}{name}.")


def fields():
    registered = {}
    for _, version, kind, _ in declared():
        try:
            schema = marshmallow.class_registry.get_class(f"{version.replace('.', '_')}_{kind}")
        except marshmallow.exceptions.RegistryError:
            continue
        registered[f"{version} {kind}"] = list(fields_of(schema))
    files = [{"file": f, "version": v, "type": t, "paths": p} for f, v, t, p in declared()]
    return {"source": f"mlspeclib {VERSION} (PyPI, MIT)", "files": files, "registered": registered}


def verdict(text):
    try:
        document = yaml.safe_load(text)
        schema = MLSchema.load_schema_from_registry(data=document)()
    except Exception as error:  # whatever it dies of, it does not take the document
        return {"unreadable": type(error).__name__}
    try:
        schema.load(document)
        return {"wrong": []}
    except marshmallow.ValidationError as error:
        return {"wrong": sorted(complaints(error.messages))}
    except Exception as error:
        return {"unreadable": type(error).__name__}


def complaints(messages, prefix=""):
    for name, message in messages.items():
        if isinstance(message, dict):
            yield from complaints(message, f"{prefix}{name}.")
        else:
            unknown = " unknown" if message == ["Unknown field."] else ""
            yield f"{prefix}{name}{unknown}"


def plain(value):
    """A value as JSON has it; times as texts with their type."""
    if isinstance(value, dict):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else f"{type(value).__name__} {value}"


def main():
    if sys.argv[1] == "fields":
        result = fields()
    else:
        documents = json.load(sys.stdin)
        result = {
            "source": f"mlspeclib {VERSION} (PyPI, MIT), PyYAML {yaml.__version__}",
            "documents": [{**one, **verdict(one["text"])} for one in documents],
        }
    json.dump(result, sys.stdout, indent=1, sort_keys=True)
    sys.stdout.write("\n")


main()
