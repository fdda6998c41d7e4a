"""Answers a part's raw rows with a package: `python -m mlspec.predict_package PACKAGE RAW.parquet ANSWERS.parquet`.

The package is loaded through the code that it carries, as MLflow does it. The answers have `__row` and the model's columns by
their places (`score_0`, ...) or `prediction`.
"""

import importlib
import json
import os
import sys


def main(package: str, raw: str, output: str) -> int:
    """Writes the answers; says how many rows they are."""
    said = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    import pandas

    sys.path.insert(0, os.path.join(package, "code"))
    model = importlib.import_module("mlspec_package.package_loader")._load_pyfunc(os.path.join(package, "data"))
    frame = pandas.read_parquet(raw)
    answers = model.predict(frame)
    names = model.package["scores"]
    kept = [name for name in names if name in answers.columns] or ["prediction"]
    renamed = {name: f"score_{index}" for index, name in enumerate(names)}
    table = answers[kept].rename(columns=renamed)
    table.insert(0, "__row", frame["__row"])
    table.to_parquet(output, index=False, compression="zstd")
    said.write(json.dumps({"rows": len(table)}) + "\n")
    said.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
