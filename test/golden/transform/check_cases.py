"""Compares the Python twin with results of the TypeScript interpreter, bit by bit.

Reads a JSON list of cases from standard input or from the files named: {name, transform, rows, expected}. `expected` maps output columns
to cells: null, a text as {"s": …}, a number, or {"n": "NaN" | "Infinity" | "-Infinity" | "-0"}. Each case is run over lists, row by
row, and over NumPy arrays where NumPy is installed. Prints the number of cells compared; on a difference prints it and exits 1.
"""

import json
import math
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "python"))

from mlspec.transform import FittedTransform  # noqa: E402

try:
    import numpy
except ImportError:
    numpy = None


def decode(cell):
    """A cell of a case as a Python value."""
    if isinstance(cell, dict):
        if "s" in cell:
            return cell["s"]
        return {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf, "-0": -0.0}[cell["n"]]
    return cell


def same(found, expected):
    """Equal to the last bit; all NaN are one."""
    if found is None or expected is None or isinstance(expected, str):
        return found == expected and type(found) is type(expected)
    if isinstance(found, str):
        return False
    a, b = float(found), float(expected)
    return (a != a and b != b) or struct.pack("<d", a) == struct.pack("<d", b)


def rows_of(case):
    """The rows with decoded cells."""
    return [{name: decode(cell) for name, cell in row.items()} for row in case["rows"]]


def differences(case):
    """Every cell that differs, and the number compared."""
    rows = rows_of(case)
    expected = {name: [decode(cell) for cell in cells] for name, cells in case["expected"].items()}
    ways = {"lists": FittedTransform(case["transform"], use_numpy=False).apply_rows(rows)}
    single = FittedTransform(case["transform"])
    ways["one row at a time"] = [single.apply_rows([row])[0] for row in rows]
    if numpy is not None:
        arrays = FittedTransform(case["transform"], use_numpy=True)
        ways["arrays"] = arrays.apply_rows(rows)
    found = []
    for way, results in ways.items():
        if results and list(results[0]) != list(expected):
            found.append(f"{case['name']}: {way}: columns {list(results[0])}, expected {list(expected)}")
            continue
        for index, result in enumerate(results):
            for name, cells in expected.items():
                if not same(result[name], cells[index]):
                    found.append(
                        f"{case['name']}: {way}: row {index} {name}: {result[name]!r}, expected {cells[index]!r}; row {rows[index]!r}"
                    )
    return found, len(ways) * len(rows) * len(expected)


def main():
    texts = [pathlib.Path(name).read_text(encoding="utf-8") for name in sys.argv[1:]] or [sys.stdin.read()]
    compared, wrong, cases = 0, [], 0
    for text in texts:
        for case in json.loads(text):
            found, count = differences(case)
            wrong += found
            compared += count
            cases += 1
    for line in wrong[:20]:
        print(line)
    print(json.dumps({"cases": cases, "compared": compared, "different": len(wrong), "numpy": numpy is not None}))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
