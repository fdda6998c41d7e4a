"""Runs a fitted transformation over rows, lists, arrays or data frames."""

import json

from .columns import Column, TransformError, read_array, read_values, to_array, to_values
from .kernels import KERNELS, make_kernel

# From so many rows on NumPy is used where it is installed.
ARRAY_ROWS = 32


class FittedTransform:
    """A fitted transformation, as `mlspec` wrote it. `use_numpy`: None decides by the number of rows."""

    def __init__(self, document, use_numpy=None):
        _check(document)
        self.document = document
        self.inputs = document["inputs"]
        self.outputs = [column for feature in document["features"] for column in feature["columns"]]
        self._use_numpy = use_numpy
        self._kernels = [self._kernel(node) for node in document["nodes"]]
        self._array_kernels = None
        self._readable = [*document["inputs"], *document["prepared"]]

    @classmethod
    def load(cls, path, use_numpy=None):
        """Reads a transformation from its JSON file."""
        with open(path, encoding="utf-8") as file:
            return cls(json.load(file), use_numpy)

    @property
    def output_names(self):
        """The names of the result's columns, in order."""
        return [column["name"] for column in self.outputs]

    def apply_rows(self, rows):
        """Rows as dicts in, rows as dicts out, None where missing. Absent keys are missing values."""
        rows = list(rows)
        columns = {field["name"]: [row.get(field["name"]) for row in rows] for field in self._given(rows)}
        result = self.apply_columns(columns, len(rows))
        names = list(result)
        lists = [column.to_list() for column in result.values()]
        return [dict(zip(names, values)) for values in zip(*lists)] if names else [{} for _ in rows]

    def _given(self, rows):
        prepared = self.document["prepared"]
        there = [field for field in prepared if rows and all(field["name"] in row for row in rows)]
        return [*self.inputs, *self._sources(), *(there if len(there) == len(prepared) else [])]

    def _sources(self):
        known = {field["name"] for field in self.inputs}
        names = {column["name"] for field in self.document["prepared"] for column in field["columns"]} - known
        return [{"name": name} for name in sorted(names)]

    def apply_frame(self, frame):
        """A pandas DataFrame in, one out with the same index. NaN counts as missing, as pandas has it."""
        import pandas

        columns = {str(name): frame[name] for name in frame.columns}
        result = self.apply_columns(columns, len(frame), nan_is_missing=True)
        return pandas.DataFrame({name: column.to_numpy() for name, column in result.items()}, index=frame.index)

    def apply_columns(self, columns, row_count=None, nan_is_missing=False):
        """Columns by name (lists, arrays, Series) in, `Column`s by name out, in order. Further columns are ignored."""
        if row_count is None:
            row_count = len(next(iter(columns.values()))) if columns else 0
        if any(field["name"] not in columns for field in self.document["prepared"]):
            from .sql import prepare

            columns = {**columns, **prepare(self.document["prepared"], columns, row_count)}
        for field in self._readable:
            if field["name"] not in columns:
                raise TransformError(
                    "TRANSFORM_INPUT_MISSING",
                    f"the transformation reads the column {field['name']} ({field['type']}); "
                    f"the rows have {', '.join(columns) or 'no columns'}",
                )
        np = self._numpy(row_count)
        if np is None:
            inputs = {f["name"]: read_values(f, columns[f["name"]], nan_is_missing) for f in self._readable}
            return self._finish(self._run(inputs, row_count))
        inputs = {f["name"]: read_array(np, f, columns[f["name"]], nan_is_missing) for f in self._readable}
        with np.errstate(all="ignore"):
            return self._finish(self._run_arrays(np, inputs, row_count))

    def _numpy(self, row_count):
        if self._use_numpy is False or (self._use_numpy is None and row_count < ARRAY_ROWS):
            return None
        try:
            import numpy

            return numpy
        except ImportError:
            if self._use_numpy:
                raise
            return None

    def _kernel(self, node):
        if node["op"] == "input":
            return None
        return make_kernel(node, self._types(node))

    def _types(self, node):
        return [self.document["nodes"][index]["type"] for index in node["inputs"]]

    def _run(self, inputs, count):
        results = []
        for node, kernel in zip(self.document["nodes"], self._kernels):
            if kernel is None:
                results.append([inputs[node["params"]["column"]]])
            else:
                results.append(kernel([results[index][0] for index in node["inputs"]], count))
        return results

    def _run_arrays(self, np, inputs, count):
        from .array_kernels import make_array_kernel

        if self._array_kernels is None:
            nodes = self.document["nodes"]
            self._array_kernels = [
                None if node["op"] == "input" else make_array_kernel(node, self._types(node)) for node in nodes
            ]
        results = []
        for index, node in enumerate(self.document["nodes"]):
            if node["op"] == "input":
                results.append([inputs[node["params"]["column"]]])
                continue
            columns = [results[source][0] for source in node["inputs"]]
            kernel = self._array_kernels[index]
            if kernel is not None:
                results.append(kernel(columns, count))
            else:
                lists = self._kernels[index]([to_values(column) for column in columns], count)
                results.append([to_array(np, node["type"], values) for values in lists])
        return results

    def _finish(self, results):
        out = {}
        for feature in self.document["features"]:
            for column, values in zip(feature["columns"], results[feature["node"]]):
                numbers, valid = values if isinstance(values, tuple) else (values, None)
                out[column["name"]] = Column(column["name"], column["type"], numbers, valid)
        return out


def _check(document):
    def bad(message):
        return TransformError("TRANSFORM_BAD_DOCUMENT", message)

    if not isinstance(document, dict) or document.get("format") != "mlspec.transform":
        raise bad("this is not a fitted transformation")
    if document.get("version") != 1:
        raise bad(f"the fitted transformation has version {document.get('version')}; this program reads version 1")
    for index, node in enumerate(document["nodes"]):
        if node["op"] != "input" and node["op"] not in KERNELS:
            raise bad(f"the fitted transformation has a node {node['op']}")
        if any(source >= index for source in node["inputs"]):
            raise bad(f"node {index} reads a later node")
