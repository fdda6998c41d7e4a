"""Records everything of the project that a step uses: its code, the files that it opens, those that it looks for in vain.

To what a `CodeRecorder` sees come the files that Python opens, by an audit hook, and those that it asks for: `os.stat` is
wrapped, because asking whether a file exists raises no audit event. Files that native libraries open without Python are
not seen; a step declares them under `files`. What the step itself wrote is left out.

A path beginning with `program:` is a file of the product, every other is relative to the project.
"""

import errno
import os
import sys
from typing import Any, Dict, Iterable, List, Optional

from mlspec.recorder import CodeRecorder, append_note, digest_file, look

PROGRAM_PREFIX = "program:"
_WRITES = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class StepRecorder(CodeRecorder):
    """Everything of one project that this process and its forked children used since `start`."""

    def __init__(
        self, project_root: str, program_root: Optional[str], skipped: Iterable[str], notes_of_children: str
    ) -> None:
        super().__init__(project_root, skipped, self._tell_parent)
        self.program_root = program_root
        self._notes = notes_of_children
        self._main = os.getpid()

    def start(self) -> None:
        """Begins to record. There is no way back: an audit hook stays."""
        super().start()
        self._wrap_stat()

    def stop(self) -> None:
        """Ends recording."""
        super().stop()
        os.stat = look

    def note_read(self, path: Any) -> None:
        """Notes a path that was opened or looked at: a file by digest, one that is not there as absent."""
        name = self.relative(path)
        if name is None or name in self.files or name in self.written:
            return
        try:
            mode = look(path).st_mode
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR):
                self.note_absent(path)
            return
        if mode & 0o170000 == 0o100000:
            try:
                self.add_file(name, digest_file(os.fspath(path)))
            except OSError:
                pass

    def loaded(self) -> Dict[str, Any]:
        """The code of a result document: files with digests, absent paths and, where not all was seen, why."""
        self._merge_children()
        files = {**self._program_files(), **self.files}
        return {
            "files": [{"path": path, "digest": digest} for path, digest in sorted(files.items())],
            "absent": sorted(self.absent - set(files) - self.written),
            **({} if self.trouble is None else {"unknown": self.trouble}),
        }

    def heard(self, event: str, arguments: Any) -> None:
        """Is told of every audit event while recording."""
        if event != "open":
            return super().heard(event, arguments)
        path, mode, flags = arguments
        if isinstance(path, (str, bytes, os.PathLike)):
            self.quietly(self._note_open, path, mode, flags)

    def _program_files(self) -> Dict[str, str]:
        if self.program_root is None:
            return {}
        home = os.path.join(self.program_root, "python", "mlspec") + os.sep
        found = {}
        for module in list(sys.modules.values()):
            path = getattr(module, "__file__", None)
            if isinstance(path, str) and path.startswith(home):
                name = PROGRAM_PREFIX + os.path.relpath(path, self.program_root).replace(os.sep, "/")
                found[name] = digest_file(path)
        return found

    def _tell_parent(self, name: str, digest: str) -> None:
        if os.getpid() != self._main:
            append_note(self._notes, (name, digest))

    def _merge_children(self) -> None:
        if os.getpid() != self._main or not os.path.exists(self._notes):
            return
        with open(self._notes, encoding="utf-8", errors="surrogateescape", newline="") as file:
            notes: List[str] = file.read().split("\0")
        for name, digest in zip(notes[::2], notes[1::2]):
            if digest == "":
                self.absent.add(name)
            else:
                self.files.setdefault(name, digest)

    def _note_open(self, path: Any, _mode: Any, flags: Any) -> None:
        writes = isinstance(flags, int) and flags & _WRITES
        if not writes:
            self.note_read(path)
            return
        name = self.relative(path)
        if name is None or name in self.files:
            return
        if not flags & os.O_TRUNC and os.path.exists(path):
            self.note_read(path)
        self.written.add(name)

    def _wrap_stat(self) -> None:
        stat = _Stat(self)
        for known in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks):
            if look in known:
                known.add(stat)
        os.stat = stat  # type: ignore[assignment]
        # Before Python 3.11 pathlib keeps the function that it found when it was loaded.
        accessor = getattr(sys.modules.get("pathlib"), "_NormalAccessor", None)
        if accessor is not None:
            accessor.stat = stat


class _Stat:
    """`os.stat` that tells the recorder. An object and no function, so that a class that keeps it does not bind it."""

    __name__ = "stat"

    def __init__(self, recorder: StepRecorder) -> None:
        self._recorder = recorder

    def __call__(self, path: Any, *, dir_fd: Any = None, follow_symlinks: bool = True) -> Any:
        if dir_fd is None and self._recorder.active and isinstance(path, (str, bytes, os.PathLike)):
            self._recorder.quietly(self._recorder.note_read, path)
        return look(path, dir_fd=dir_fd, follow_symlinks=follow_symlinks)
