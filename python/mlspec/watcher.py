"""Reports the code of every Python process of a recorded command, as it is loaded.

Each note is in the report before the code that it names runs, so that the report is whole however a process ends. A note
has four parts: what it is (`process` or `code`), the number of the process, a name, and the digest of a file or ``""``.
The name of a process is its interpreter, that of code its path; a path without a digest was looked for in vain.

Where a note cannot be written, the report is taken away: code that is not known whole is not known.
"""

import os
import sys

from .recorder import CodeRecorder, append_note


class _Watcher(CodeRecorder):
    """The code of this process and of those that it forks, in a report."""

    def __init__(self, report: str, project_root: str) -> None:
        super().__init__(project_root, [os.path.dirname(report), os.path.dirname(__file__)], self._note_code)
        self._report = report

    def start(self) -> None:
        """Begins to report."""
        super().start()
        os.register_at_fork(after_in_child=self._note_process)
        self._note_process()

    def give_up(self, why: str) -> None:
        """Takes the report away."""
        super().give_up(why)
        try:
            os.rename(self._report, f"{self._report}.cut")
        except OSError:
            pass

    def _note_process(self) -> None:
        self.quietly(self._note, "process", sys.executable or "", "")

    def _note_code(self, name: str, digest: str) -> None:
        self._note("code", name, digest)

    def _note(self, kind: str, name: str, digest: str) -> None:
        append_note(self._report, (kind, str(os.getpid()), name, digest))


def watch(report: str, project_root: str) -> None:
    """Begins to report the code of this process to a file."""
    _Watcher(report, project_root).start()
