"""Joins a function's arguments with the ports and parameters of an invocation, and takes what it returns."""

import os
import pathlib
from typing import Any, Callable, Dict, Mapping

from . import tables
from .artifacts import Artifact, Dataset, JsonArtifact, artifact_types
from .canonical import plain_json
from .errors import MlspecError, nearest
from .parameters import convert_parameter
from .ports import OutputDict
from .signature import EMPTY, Signature, Slot, is_artifact

#: Outputs that are folders; made beforehand, and taken away again where nothing was put into them.
FOLDER_TYPES = ("Model", "Package")


class Binding:
    """The arguments of one call, and the output artifacts behind them."""

    def __init__(self, signature: Signature, invocation: Mapping[str, Any]) -> None:
        self.signature = signature
        self.invocation = invocation
        self.types = artifact_types()
        self.outputs: Dict[str, Artifact] = {
            port: self._output(port, output) for port, output in invocation["outputs"].items()
        }

    def arguments(self) -> Dict[str, Any]:
        """The arguments to call the function with. Raises where one is missing, unknown or of the wrong type."""
        self._check_parameters()
        found = {slot.name: self._argument(slot) for slot in self.signature.slots}
        if self.signature.variadic:
            for name, value in self.invocation["params"].items():
                found.setdefault(name, value)
        return {name: value for name, value in found.items() if value is not EMPTY}

    def _argument(self, slot: Slot) -> Any:
        inputs, outputs = self.invocation["inputs"], self.outputs
        if slot.kind in ("input", "open") and slot.name in inputs:
            return self._read(slot, inputs[slot.name])
        if slot.kind in ("output", "open") and slot.name in outputs:
            return self._write(slot, outputs[slot.name])
        if slot.kind in ("parameter", "open") and slot.name in self.invocation["params"]:
            value = self.invocation["params"][slot.name]
            if value is None and slot.optional:
                return None
            kind = Any if slot.type is EMPTY else slot.type
            return convert_parameter(slot.name, value, kind, self.signature.name)
        if not slot.required:
            return EMPTY
        if slot.optional and slot.kind in ("input", "output"):
            return None
        if slot.name == "seed" and slot.kind != "input":
            return self.invocation.get("seed", 0)
        raise self._missing(slot)

    def _read(self, slot: Slot, entries: Any) -> Any:
        values = [self._value_of(slot, entry) for entry in entries]
        if slot.many:
            return values
        if len(values) == 1:
            return values[0]
        if not values and (slot.optional or not slot.required):
            return None if slot.required else EMPTY
        raise MlspecError(
            "COMPONENT_MISSING_PORT",
            f"input {slot.name} of {self.signature.name} has {len(values)} artifacts, and the function takes one",
            f"Annotate it with InputArtifact[list[{entries[0]['type'] if entries else 'Dataset'}]], or wire one source.",
        )

    def _value_of(self, slot: Slot, entry: Mapping[str, Any]) -> Any:
        kind = slot.type
        artifact_type = self._artifact_type(slot, kind, entry["type"])
        artifact = artifact_type(
            entry["path"],
            properties=entry.get("properties"),
            digest=entry.get("digest"),
            origin=entry.get("from"),
            writable=False,
        )
        library = tables.library_of_annotation(kind)
        if library:
            self._require_type(slot, isinstance(artifact, Dataset), "Dataset", entry["type"])
            return tables.READERS[library](artifact.path)
        if kind in (str, "str"):
            return artifact.path
        if isinstance(kind, type) and issubclass(kind, pathlib.PurePath):
            return kind(artifact.path)
        if kind in (dict, list) and isinstance(artifact, JsonArtifact):
            return artifact.read()
        return artifact

    def _write(self, slot: Slot, output: Artifact) -> Any:
        if tables.library_of_annotation(slot.type):
            raise MlspecError(
                "COMPONENT_BAD_SIGNATURE",
                f"output {slot.name} of {self.signature.name} is annotated as a table of a library",
                f"Write {slot.name}: OutputArtifact[Dataset] and call {slot.name}.write(table), or return the table.",
            )
        self._artifact_type(slot, slot.type, output.type_name)
        if slot.type in (str, "str"):
            return output.path
        if isinstance(slot.type, type) and issubclass(slot.type, pathlib.PurePath):
            return slot.type(output.path)
        return output

    def _artifact_type(self, slot: Slot, kind: Any, port_type: str) -> type:
        own = self.types.get(port_type, Artifact)
        if not is_artifact(kind) or kind is Artifact:
            return own
        fits = port_type == "Any" or issubclass(own, kind)
        self._require_type(slot, fits, kind.type_name, port_type)
        return kind if port_type == "Any" else own

    def _require_type(self, slot: Slot, fits: bool, expected: str, found: str) -> None:
        if not fits:
            raise MlspecError(
                "COMPONENT_MISSING_PORT",
                f"port {slot.name} of {self.signature.name}: the code takes a {expected}, the step gives a {found}",
                "Change the annotation, or what the port is wired to.",
            )

    def _missing(self, slot: Slot) -> MlspecError:
        kinds = {"input": ["inputs"], "output": ["outputs"], "parameter": ["params"]}
        wanted = kinds.get(slot.kind, ["inputs", "outputs", "params"])
        names = [name for kind in wanted for name in self.invocation[kind]]
        what = {"open": "argument", "parameter": "parameter"}.get(slot.kind, f"{slot.kind} port")
        code = "COMPONENT_BAD_PARAMETER" if slot.kind == "parameter" else "COMPONENT_MISSING_PORT"
        there = "; ".join(f"{kind}: {', '.join(self.invocation[kind]) or 'none'}" for kind in wanted)
        return MlspecError(
            code,
            f"the step gives {self.signature.name} no {what} {slot.name}.{nearest(slot.name, names)}",
            f"The step has {there}. Add {slot.name} to the step, or give the argument a default.",
        )

    def _check_parameters(self) -> None:
        if self.signature.variadic:
            return
        known = [slot.name for slot in self.signature.slots]
        for name in self.invocation["params"]:
            if name not in known:
                raise MlspecError(
                    "COMPONENT_BAD_PARAMETER",
                    f"{self.signature.name} takes no parameter {name}.{nearest(name, known)}",
                    f"It takes: {', '.join(known) or 'nothing'}.",
                )

    def _output(self, port: str, output: Mapping[str, Any]) -> Artifact:
        os.makedirs(output["path"] if output["type"] in FOLDER_TYPES else os.path.dirname(output["path"]), exist_ok=True)
        return self.types.get(output["type"], Artifact)(output["path"])

    def take(self, returned: Any) -> Dict[str, Any]:
        """Stores what the function returned in its outputs; answers the rest, the small values."""
        declared = self.signature.values
        if returned is None:
            missing = ", ".join(declared)
            if declared:
                raise self._bad_return(f"returned nothing, and its signature promises {missing}")
            return {}
        if isinstance(returned, dict) and (declared or isinstance(self.signature.returns, OutputDict)):
            self._check_promised(returned)
        free = [port for port in self.outputs if not self._is_argument(port)]
        if isinstance(returned, dict) and not (free and len(free) == 1 and free[0] not in returned and not declared):
            return self._take_members(returned)
        if len(free) == 1:
            self._store(free[0], returned)
            return {}
        hint = "Return a map: names of outputs to what is stored there, other names to small values."
        raise self._bad_return(f"returned a {type(returned).__name__}, and there is no one output to put it in", hint)

    def _take_members(self, returned: Dict[str, Any]) -> Dict[str, Any]:
        values = {}
        for name, value in returned.items():
            if name in self.outputs:
                if value is not self.outputs[name]:
                    self._store(name, value)
                continue
            kind = self.signature.values.get(name)
            values[name] = self._value(name, value, kind)
        return values

    def _value(self, name: str, value: Any, kind: Any) -> Any:
        plain = plain_json(value)
        if kind in (int, float, bool, str):
            try:
                return convert_parameter(name, plain, kind, self.signature.name)
            except MlspecError as error:
                raise self._bad_return(error.message.replace("parameter", "returned value", 1)) from None
        return plain

    def _check_promised(self, returned: Dict[str, Any]) -> None:
        for name in self.signature.values:
            if name not in returned:
                raise self._bad_return(f"promises {name} in its signature and did not return it")

    def _store(self, port: str, value: Any) -> None:
        if value is None:
            self.outputs[port].skip()
        else:
            self.outputs[port].save(value)

    def _is_argument(self, port: str) -> bool:
        return any(slot.name == port and slot.kind in ("output", "open") for slot in self.signature.slots)

    def _bad_return(self, what: str, hint: str = "Change what the function returns, or its signature.") -> MlspecError:
        return MlspecError("COMPONENT_BAD_OUTPUT", f"{self.signature.name} {what}", hint)

    def reported(self) -> Dict[str, Any]:
        """The outputs of the result document: those that are there or were left out on purpose."""
        found: Dict[str, Any] = {}
        for port, output in self.outputs.items():
            if os.path.isdir(output.path) and output.type_name in FOLDER_TYPES and not os.listdir(output.path):
                os.rmdir(output.path)
            if output.skipped:
                found[port] = {"properties": {}, "skipped": True}
            elif os.path.lexists(output.path):
                found[port] = {"properties": plain_json(output.properties)}
        return found


def call(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    """Calls the function; waits for it where it is `async`."""
    import inspect

    returned = function(**arguments)
    if inspect.isawaitable(returned):
        import asyncio

        async def finish() -> Any:
            return await returned

        return asyncio.run(finish())
    return returned
