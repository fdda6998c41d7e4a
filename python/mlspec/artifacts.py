"""Artifact types: what flows between steps, as objects with a path."""

import json
import os
from typing import Any, Dict, Iterable, List, Mapping, Optional, TypeVar

from . import tables
from .errors import MlspecError

A = TypeVar("A", bound="Artifact")


class Artifact:
    """A file or folder that a step reads or writes. Can be used wherever a path is expected."""

    type_name = "Any"

    def __init__(
        self,
        path: "os.PathLike[str] | str",
        *,
        properties: Optional[Mapping[str, Any]] = None,
        digest: Optional[str] = None,
        writable: bool = True,
        origin: Optional[Mapping[str, str]] = None,
    ) -> None:
        self.path: str = os.fspath(path)
        #: Facts kept with the artifact: small and readable without opening it.
        self.properties: Dict[str, Any] = dict(properties or {})
        #: The SHA-256 of what is read; None for what is being written.
        self.digest = digest
        #: The step and port that made it; None outside a run.
        self.origin = dict(origin) if origin else None
        self.skipped = False
        self._writable = writable

    @property
    def uri(self) -> str:
        """The path, under the name that TFX and KFP give it."""
        return self.path

    @property
    def name(self) -> str:
        """The last part of the path."""
        return os.path.basename(self.path)

    def exists(self) -> bool:
        """Whether there is something at the path."""
        return os.path.exists(self.path)

    def skip(self) -> None:
        """Leaves an optional output out."""
        self._check_writable()
        self.skipped = True

    def save(self, value: Any) -> None:
        """Writes a returned value: a path whose file or folder becomes the artifact, bytes or a text."""
        self._check_writable()
        if isinstance(value, (str, os.PathLike)) and os.path.exists(value):
            copy_tree(value, self.path)
        elif isinstance(value, (bytes, str)):
            with open(self.path, "wb") as file:
                file.write(value if isinstance(value, bytes) else value.encode())
        else:
            raise MlspecError(
                "COMPONENT_BAD_OUTPUT",
                f"a {type(value).__name__} cannot be written as {self.type_name}",
                "Write the file yourself to the artifact's path.",
            )

    def _check_writable(self) -> None:
        if not self._writable:
            raise MlspecError(
                "COMPONENT_BAD_OUTPUT",
                f"{self.type_name} {self.name} is an input and cannot be written",
                "Annotate the argument with OutputArtifact and declare the output in the step.",
            )

    def __fspath__(self) -> str:
        return self.path

    def __str__(self) -> str:
        return self.path

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.path!r})"


def copy_tree(source: Any, destination: str) -> None:
    """Copies a file, or a folder with all that is in it."""
    import shutil

    if os.path.abspath(source) == os.path.abspath(destination):
        return
    if os.path.isdir(source):
        shutil.copytree(source, destination, dirs_exist_ok=True)
    else:
        shutil.copyfile(source, destination)


def remove_tree(path: str) -> None:
    """Removes a file, or a folder with all that is in it."""
    import shutil

    if os.path.isdir(path):
        shutil.rmtree(path)
    else:
        os.remove(path)


class Dataset(Artifact):
    """A table: one Parquet file."""

    type_name = "Dataset"

    def to_pandas(self, columns: Optional[Iterable[str]] = None) -> Any:
        """The table as a pandas.DataFrame."""
        return tables.to_pandas(self.path, None if columns is None else list(columns))

    def to_arrow(self, columns: Optional[Iterable[str]] = None) -> Any:
        """The table as a pyarrow.Table."""
        return tables.to_arrow(self.path, columns)

    def to_polars(self, columns: Optional[Iterable[str]] = None) -> Any:
        """The table as a polars.DataFrame."""
        return tables.to_polars(self.path, None if columns is None else list(columns))

    @property
    def label(self) -> Optional[str]:
        """The name of the label column, where the step that made the table said so."""
        return self.properties.get("label")

    @property
    def features(self) -> Optional[List[str]]:
        """The names of the feature columns, where the step that made the table said so."""
        features = self.properties.get("features")
        return None if features is None else list(features)

    def features_and_label(self) -> Any:
        """`(X, y)`: the feature columns as a pandas.DataFrame and the label as a pandas.Series."""
        if self.label is None or self.features is None:
            raise MlspecError(
                "COMPONENT_BAD_SIGNATURE",
                f"the table {self.name} does not say which of its columns are features and which is the label",
                "Read a table that the transformation made, or choose the columns by name.",
            )
        table = self.to_pandas([*self.features, self.label])
        return table[self.features], table[self.label]

    def sample_weight(self) -> Any:
        """What each row counts, as a numpy.ndarray in the order of the rows; None where the declaration weighs none.

        Libraries take it as it is: `model.fit(X, y, sample_weight=train.sample_weight())`.
        """
        column = self.properties.get("weight")
        return None if column is None else self.to_pandas([column])[column].to_numpy()

    def write(self: A, table: Any) -> A:
        """Writes a table: pandas, polars, Arrow, a list of rows, a map of columns, or a path to copy."""
        self._check_writable()
        os.makedirs(os.path.dirname(os.path.abspath(self.path)), exist_ok=True)
        tables.write_table(table, self.path)
        return self

    save = write  # type: ignore[assignment]

    def _repr_html_(self) -> str:
        try:
            return self.to_pandas().head(10)._repr_html_()
        except MlspecError:
            return f"<code>{self!r}</code>"


class Predictions(Dataset):
    """A model's answers: one Parquet file with `row`, `prediction` and scores."""

    type_name = "Predictions"


class JsonArtifact(Artifact):
    """A report: one JSON file."""

    def read(self) -> Any:
        """The JSON value."""
        with open(self.path, encoding="utf-8") as file:
            return json.load(file)

    def write(self: A, value: Any) -> A:
        """Writes a JSON value: sorted, so that equal values give equal bytes."""
        from .canonical import plain_json

        self._check_writable()
        os.makedirs(os.path.dirname(os.path.abspath(self.path)), exist_ok=True)
        with open(self.path, "w", encoding="utf-8") as file:
            json.dump(plain_json(value), file, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
            file.write("\n")
        return self

    def save(self, value: Any) -> None:
        if isinstance(value, (str, os.PathLike)) and os.path.isfile(value):
            super().save(value)
        else:
            self.write(value)

    def __getitem__(self, key: Any) -> Any:
        return self.read()[key]

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(json.dumps(self.read(), indent=1)[:10000])}</pre>"


class Statistics(JsonArtifact):
    """Statistics of tables."""

    type_name = "Statistics"


class Schema(JsonArtifact):
    """The schema of a table."""

    type_name = "Schema"


class Split(JsonArtifact):
    """How a table was split, and that its parts do not overlap."""

    type_name = "Split"


class Transform(JsonArtifact):
    """A fitted transformation."""

    type_name = "Transform"


class Metrics(JsonArtifact):
    """Numbers by name."""

    type_name = "Metrics"

    def log(self, name: str, value: Any) -> None:
        """Adds one number to the file, and to the metrics of the run."""
        from .session import log_metric

        values = self.read() if self.exists() else {}
        values[name] = value
        self.write(values)
        log_metric(name, value)


class Report(JsonArtifact):
    """Anything that is to be read by people or programs."""

    type_name = "Report"


class Verdict(JsonArtifact):
    """A gate's answer."""

    type_name = "Verdict"


def artifact_types() -> Dict[str, type]:
    """All artifact types by their names in a declaration."""
    from .model import Model, Package

    kinds = [Artifact, Dataset, Predictions, Statistics, Schema, Split, Transform, Metrics, Report, Verdict]
    return {kind.type_name: kind for kind in [*kinds, Model, Package]}
