"""The runs of a project in a notebook: `mlspec.list_runs()`."""

import os
from typing import Any, Dict, Iterator, List, Optional

from .html_parts import table
from .run_html import when
from .runs import Reader, Run, load_run


def list_runs(limit: int = 20, *, project: "os.PathLike[str] | str" = ".", program: Optional[str] = None) -> "RunList":
    """The newest runs of the project in a folder, the newest first; at most 1024."""
    reader = Reader(os.fspath(project), program)
    return RunList(reader.json("ls", "runs", "--limit", str(limit))["runs"], reader)


class RunList:
    """Runs in a list; `runs[0]` loads the newest one."""

    def __init__(self, documents: List[Dict[str, Any]], reader: Reader) -> None:
        self.documents = documents
        self._reader = reader

    def __len__(self) -> int:
        return len(self.documents)

    def __getitem__(self, index: int) -> Run:
        return load_run(self.documents[index]["id"], project=self._reader.project, program=self._reader.program)

    def __iter__(self) -> Iterator[Run]:
        return (self[index] for index in range(len(self)))

    def __repr__(self) -> str:
        return "\n".join("  ".join(row) for row in self._rows()) or "no runs yet: mlspec run makes the first"

    def _repr_html_(self) -> str:
        heads = ["run", "name", "verb", "state", "began, took", "params"]
        return table("runs, the newest first", heads, self._rows()) or "no runs yet: <code>%mlspec run</code> makes the first"

    def _rows(self) -> List[List[str]]:
        return [
            [
                run["id"],
                run.get("spec") or run.get("name", ""),
                str((run.get("details") or {}).get("verb", "run")),
                run["state"],
                when(run),
                ", ".join(f"{name}={value}" for name, value in (run.get("params") or {}).items()),
            ]
            for run in self.documents
        ]
