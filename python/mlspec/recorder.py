"""Records which code and files of the project a step really used, and which it looked for and did not find.

Three sources. An audit hook sees every file that Python opens. An import finder for folders of the project reads sources
itself (never from cached bytecode, so that what is hashed is what runs) and notes where a module was looked for in vain.
`os.stat` is wrapped, because asking whether a file exists raises no audit event. Files that native libraries open without
Python are not seen; a step declares them under `files`.

Left out: what the step itself wrote, the folders of the attempt and of the record, installed packages, and cached
bytecode. A path beginning with `program:` is a file of the product, every other is relative to the project.
"""

import errno
import hashlib
import importlib.machinery
import importlib.util
import json
import os
import sys
import threading
from typing import Any, Dict, Iterable, List, Optional, Set, Tuple

PROGRAM_PREFIX = "program:"
_SKIPPED_PARTS = {"__pycache__", ".mlspec", ".git", "site-packages", "dist-packages", "node_modules"}
_WRITES = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_SUFFIXES = importlib.machinery.all_suffixes()
_stat = os.stat


def digest_file(path: str) -> str:
    """`sha256:…` of a file's bytes."""
    state = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            state.update(block)
    return f"sha256:{state.hexdigest()}"


class Recorder:
    """Everything of one project that this process used since `start`."""

    def __init__(self, project_root: str, program_root: Optional[str], skipped: Iterable[str], child_folder: str) -> None:
        roots = {os.path.abspath(project_root), os.path.realpath(project_root)}
        self.roots: Tuple[str, ...] = tuple(sorted(roots))
        self.program_root = program_root
        prefixes = {sys.prefix, sys.base_prefix, *skipped}
        both = {form(path) for path in prefixes for form in (os.path.abspath, os.path.realpath)}
        # An interpreter below the project is left out, a project below the interpreter's prefix is not.
        self.skipped = tuple(path + os.sep for path in both if not any(_inside(root, path) for root in roots))
        self.child_folder = child_folder
        self.files: Dict[str, str] = {}
        self.absent: Set[str] = set()
        self.written: Set[str] = set()
        self.active = False
        self._guard = threading.local()
        self._main = os.getpid()

    def start(self) -> None:
        """Begins to record. There is no way back: an audit hook stays."""
        self.active = True
        sys.addaudithook(self._audit)
        sys.path_hooks.insert(0, self._path_hook)
        sys.path_importer_cache.clear()
        self._wrap_stat()

    def stop(self) -> None:
        """Ends recording."""
        self.active = False
        os.stat = _stat

    def relative(self, path: Any) -> Optional[str]:
        """The name of a path in a code set, or None for what is not recorded."""
        try:
            text = os.path.abspath(os.fsdecode(path))
        except (TypeError, ValueError, OSError):
            return None
        for root in self.roots:
            if text.startswith(root + os.sep):
                if text.startswith(self.skipped) or not _SKIPPED_PARTS.isdisjoint(text.split(os.sep)):
                    return None
                return text[len(root) + 1 :].replace(os.sep, "/")
        return None

    def note_read(self, path: Any) -> None:
        """Notes a path that was opened or looked at: a file by digest, one that is not there as absent."""
        name = self.relative(path)
        if name is None or name in self.files or name in self.written:
            return
        try:
            mode = _stat(path).st_mode
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR):
                self._add_absent(name)
            return
        if mode & 0o170000 == 0o100000:
            try:
                self._add_file(name, digest_file(os.fspath(path)))
            except OSError:
                pass

    def note_source(self, path: str, data: bytes) -> None:
        """Notes the very bytes of a module that is about to run."""
        name = self.relative(path)
        if name is not None:
            self._add_file(name, f"sha256:{hashlib.sha256(data).hexdigest()}")

    def note_missing_module(self, folder: str, module: str, found_elsewhere: bool) -> None:
        """Notes where a module was looked for in a folder of the project and is not."""
        suffixes = [".py"] if found_elsewhere else _SUFFIXES
        places = [f"{module}{suffix}" for suffix in suffixes] + [f"{module}/__init__.py"]
        for place in places:
            name = self.relative(os.path.join(folder, place))
            if name is not None:
                self._add_absent(name)

    def loaded(self) -> Dict[str, List[Any]]:
        """The code of a result document: files with digests, and absent paths."""
        self._merge_children()
        files = {**self._program_files(), **self.files}
        return {
            "files": [{"path": path, "digest": digest} for path, digest in sorted(files.items())],
            "absent": sorted(self.absent - set(files) - self.written),
        }

    def _add_file(self, name: str, digest: str) -> None:
        if self.files.setdefault(name, digest) is digest:
            self._tell_parent({"path": name, "digest": digest})

    def _add_absent(self, name: str) -> None:
        if name not in self.absent:
            self.absent.add(name)
            self._tell_parent({"absent": name})

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

    # What a forked child notes is left in files of its own and read at the end.

    def _tell_parent(self, entry: Dict[str, str]) -> None:
        if os.getpid() == self._main:
            return
        try:
            os.makedirs(self.child_folder, exist_ok=True)
            with open(os.path.join(self.child_folder, str(os.getpid())), "a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")
        except OSError:
            pass

    def _merge_children(self) -> None:
        if os.getpid() != self._main or not os.path.isdir(self.child_folder):
            return
        for child in sorted(os.listdir(self.child_folder)):
            with open(os.path.join(self.child_folder, child), encoding="utf-8") as file:
                for line in file:
                    try:
                        entry = json.loads(line)
                    except ValueError:
                        continue
                    if "absent" in entry:
                        self.absent.add(entry["absent"])
                    else:
                        self.files.setdefault(entry["path"], entry["digest"])

    def _quietly(self, work: Any, *arguments: Any) -> None:
        if getattr(self._guard, "busy", False):
            return
        self._guard.busy = True
        try:
            work(*arguments)
        finally:
            self._guard.busy = False

    def _audit(self, event: str, arguments: Any) -> None:
        if event == "open" and self.active:
            path, mode, flags = arguments
            if isinstance(path, (str, bytes, os.PathLike)):
                self._quietly(self._note_open, path, mode, flags)

    def _note_open(self, path: Any, mode: Any, flags: Any) -> None:
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
            if _stat in known:
                known.add(stat)
        os.stat = stat  # type: ignore[assignment]
        # Before Python 3.11 pathlib keeps the function that it found when it was loaded.
        accessor = getattr(sys.modules.get("pathlib"), "_NormalAccessor", None)
        if accessor is not None:
            accessor.stat = stat

    def _path_hook(self, folder: str) -> Any:
        absolute = os.path.abspath(folder or os.getcwd())
        if self.relative(absolute) is None and absolute not in self.roots:
            raise ImportError("not a folder of the project")
        if not os.path.isdir(absolute):
            self._quietly(self.note_read, absolute)
            raise ImportError("not a folder")
        return _ProjectFinder(absolute, self)


class _Stat:
    """`os.stat` that tells the recorder. An object and no function, so that a class that keeps it does not bind it."""

    __name__ = "stat"

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def __call__(self, path: Any, *, dir_fd: Any = None, follow_symlinks: bool = True) -> Any:
        if dir_fd is None and self._recorder.active and isinstance(path, (str, bytes, os.PathLike)):
            self._recorder._quietly(self._recorder.note_read, path)
        return _stat(path, dir_fd=dir_fd, follow_symlinks=follow_symlinks)


class _ProjectFinder(importlib.machinery.FileFinder):
    """Finds modules in one folder of the project and tells the recorder where it found none."""

    def __init__(self, folder: str, recorder: Recorder) -> None:
        def source_loader(name: str, path: str) -> "_ProjectLoader":
            return _ProjectLoader(name, path, recorder)

        super().__init__(
            folder,
            (importlib.machinery.ExtensionFileLoader, importlib.machinery.EXTENSION_SUFFIXES),
            (source_loader, importlib.machinery.SOURCE_SUFFIXES),
            (importlib.machinery.SourcelessFileLoader, importlib.machinery.BYTECODE_SUFFIXES),
        )
        self._recorder = recorder
        self._folder = folder

    def find_spec(self, fullname: str, target: Any = None) -> Any:
        spec = super().find_spec(fullname, target)
        if self._recorder.active:
            self._recorder._quietly(self._note, fullname.rpartition(".")[2], spec)
        return spec

    def _note(self, module: str, spec: Any) -> None:
        if spec is None or spec.loader is None:
            self._recorder.note_missing_module(self._folder, module, found_elsewhere=self._is_elsewhere(module))
        elif spec.origin is not None:
            if spec.submodule_search_locations is None:
                self._recorder.note_read(os.path.join(self._folder, module, "__init__.py"))
            if not spec.origin.endswith(".py"):
                self._recorder.note_read(spec.origin)

    @staticmethod
    def _is_elsewhere(module: str) -> bool:
        return module in sys.modules or module in getattr(sys, "stdlib_module_names", ())


class _ProjectLoader(importlib.machinery.SourceFileLoader):
    """Loads sources only, and hands the recorder the bytes that it runs."""

    def __init__(self, name: str, path: str, recorder: Recorder) -> None:
        super().__init__(name, path)
        self._recorder = recorder

    def path_stats(self, path: str) -> Any:
        # importlib takes this for "no cached bytecode", both for reading and for writing it.
        raise OSError("sources only")

    def get_data(self, path: str) -> bytes:
        data = super().get_data(path)
        if self._recorder.active and path == self.path:
            self._recorder.note_source(path, data)
        return data


def _inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + os.sep)
