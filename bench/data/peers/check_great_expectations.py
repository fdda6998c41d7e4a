"""Checks of a Parquet file by Great Expectations: `python check_great_expectations.py FILE CHECKS`.

CHECKS is the list that bench/data/suite.ts makes. Prints the seconds, imports apart, and how many held. Only whether they hold is asked for:
no examples, no counts.
"""

import json
import sys
import time

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd

EXPECTATIONS = {
    "rows": lambda c: gxe.ExpectTableRowCountToEqual(value=c["count"]),
    "columns": lambda c: gxe.ExpectTableColumnCountToEqual(value=c["count"]),
    "present": lambda c: gxe.ExpectColumnValuesToNotBeNull(column=c["column"], mostly=c["least"]),
    "between": lambda c: gxe.ExpectColumnValuesToBeBetween(column=c["column"], min_value=c["low"], max_value=c["high"]),
    "mean": lambda c: gxe.ExpectColumnMeanToBeBetween(column=c["column"], min_value=c["low"], max_value=c["high"]),
    "highest": lambda c: gxe.ExpectColumnMaxToBeBetween(column=c["column"], max_value=c["most"]),
    "length": lambda c: gxe.ExpectColumnValueLengthsToBeBetween(
        column=c["column"], min_value=c["low"], max_value=c["high"]
    ),
    "times": lambda c: gxe.ExpectColumnValuesToBeBetween(
        column=c["column"], min_value=pd.Timestamp(c["low"]), max_value=pd.Timestamp(c["high"])
    ),
    "matches": lambda c: gxe.ExpectColumnValuesToMatchRegex(column=c["column"], regex=c["pattern"]),
    "among": lambda c: gxe.ExpectColumnValuesToBeInSet(column=c["column"], value_set=c["values"]),
    "unique": lambda c: gxe.ExpectColumnValuesToBeUnique(column=c["column"]),
}

with open(sys.argv[2]) as file:
    checks = json.load(file)
context = gx.get_context(mode="ephemeral")
context.variables.progress_bars = {"globally": False, "metric_calculations": False}
asset = context.data_sources.add_pandas("tables").add_dataframe_asset("wide")
definition = asset.add_batch_definition_whole_dataframe("whole")
suite = gx.ExpectationSuite("suite", expectations=[EXPECTATIONS[check["of"]](check) for check in checks])
started = time.perf_counter()
batch = definition.get_batch(batch_parameters={"dataframe": pd.read_parquet(sys.argv[1])})
found = batch.validate(suite, result_format="BOOLEAN_ONLY")
seconds = time.perf_counter() - started
print(json.dumps({"seconds": seconds, "passed": sum(bool(one.success) for one in found.results)}))
