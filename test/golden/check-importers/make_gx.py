"""Makes gx.json: generated tables, generated expectations of every kind as Great Expectations writes a suite of them, and its answers.

Run with great_expectations installed: python make_gx.py > gx.json
"""

import json
import logging
import os
import sys
import warnings

os.environ["GX_ANALYTICS_ENABLED"] = "false"
import great_expectations as gx  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from generated_tables import frame, pattern, present, tables, text  # noqa: E402
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration  # noqa: E402

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
CASES = 5
rng = np.random.default_rng(20)
NUMBERS, TEXTS = ["i", "j", "key no", "up", "f", "g", "h"], ["s", "select"]


def pick(options):
    return options[int(rng.integers(0, len(options)))]


def some(options, least=1):
    count = min(len(options), int(rng.integers(least, max(least, min(5, len(options))) + 1)))
    return [options[int(k)] for k in rng.permutation(len(options))[:count]]


def bounds(values, kind=float):
    low, high = sorted([pick(values), pick(values)]) if values else (0, 1)
    low, high = kind(low), kind(high)
    out = {"min_value": low, "max_value": high}
    draw = rng.random()
    if draw < 0.2:
        out["min_value"] = None
    elif draw < 0.4:
        out["max_value"] = None
    if rng.random() < 0.3:
        out["strict_min"] = True
    if rng.random() < 0.3:
        out["strict_max"] = True
    return out


def mostly(kwargs):
    if rng.random() < 0.5:
        kwargs["mostly"] = pick([0.05, 0.3, 0.5, 0.75, 0.8, 0.9, 0.95, 0.99, 1.0, round(float(rng.random()), 3)])
    return kwargs


def around(value, kind=float):
    """Bounds around what the value of a column is, or beside it."""
    if value is None or pd.isnull(value):
        value = 1
    width = abs(float(value)) * float(rng.random()) + 0.5
    low = kind(float(value) - width * float(rng.random()) * pick([1, 1, -1]))
    return {"min_value": low, "max_value": kind(float(low) + 2 * width) + (0 if kind is float else 1)}


def value_set(columns, name):
    values = list(dict.fromkeys(present(columns, name)))
    chosen = some(values) if values else []
    if rng.random() < 0.4:
        chosen = values
    if rng.random() < 0.5:
        chosen = chosen + [text(rng, 3) if name in TEXTS else 99]
    return chosen or ["none" if name in TEXTS else 0]


def in_set(columns, rows=True):
    name = pick(["i", "g", "h", "select", "s"])
    kwargs = {"column": name, "value_set": value_set(columns, name)}
    return mostly(kwargs) if rows else kwargs


def several(columns, **more):
    return mostly({"column_list": some(["i", "j", "g", "h", "f"], 2), "ignore_row_if": pick(["all_values_are_missing", "any_value_is_missing", "never"]), **more})


def pair(columns, **more):
    a, b = some(["i", "j", "g", "h", "f", "up"], 2)[:2]
    return mostly({"column_A": a, "column_B": b, "ignore_row_if": pick(["both_values_are_missing", "either_value_is_missing", "neither"]), **more})


def regexes():
    return [pattern(rng) for _ in range(int(rng.integers(1, 4)))]


def between(columns):
    if rng.random() < 0.25:
        return mostly({"column": "t", **bounds(present(columns, "t"), str)})
    if rng.random() < 0.2 and present(columns, "select"):
        return mostly({"column": "select", **bounds(present(columns, "select"), str)})
    name = pick(NUMBERS)
    return mostly({"column": name, **bounds(present(columns, name))})


def lengths(columns):
    values = [len(v) for v in present(columns, "s")]
    return mostly({"column": "s", **bounds(values, int)})


def aggregate(what):
    def made(columns):
        name = pick(NUMBERS)
        values = pd.Series(present(columns, name), dtype=float)
        return {"column": name, **around(getattr(values, what)() if len(values) else None)}

    return made


def pairs_set(columns):
    kwargs = pair(columns)
    a, b = columns[kwargs["column_A"]]["values"], columns[kwargs["column_B"]]["values"]
    both = [[x, y] for x, y in zip(a, b) if None not in (x, y) and "NaN" not in (x, y)]
    return {**kwargs, "value_pairs_set": (some(both) if both else []) + [[1, 2]]}


def named(columns):
    names = list(columns)
    draw = rng.random()
    if draw < 0.4:
        return names
    return names[: int(rng.integers(1, len(names)))] if draw < 0.7 else [*names, "more"]


def counted(count):
    return {"value": int(count + pick([0, 0, 1, -1])) if count else pick([0, 1])}


def any_column(columns):
    return pick(list(columns))


def quantiles(columns):
    values = pd.Series(present(columns, "f"), dtype=float)
    shares = sorted(some([0.05, 0.25, 0.5, 0.75, 0.95]))
    ranges = [list(around(values.quantile(q) if len(values) else None).values()) for q in shares]
    return {"column": "f", "quantile_ranges": {"quantiles": shares, "value_ranges": ranges}}


def distinct(columns, name):
    return len(set(present(columns, name)))


KINDS = {
    "expect_column_values_to_be_null": lambda c: mostly({"column": any_column(c)}),
    "expect_column_values_to_not_be_null": lambda c: mostly({"column": any_column(c)}),
    "expect_column_values_to_be_unique": lambda c: mostly({"column": any_column(c)}),
    "expect_column_values_to_be_between": between,
    "expect_column_values_to_be_in_set": in_set,
    "expect_column_values_to_not_be_in_set": in_set,
    "expect_column_values_to_be_increasing": lambda c: mostly({"column": pick(["up", "key no", "i", "f"]), "strictly": pick([True, False, None])}),
    "expect_column_values_to_be_decreasing": lambda c: mostly({"column": pick(["up", "key no", "i", "f"]), "strictly": pick([True, False, None])}),
    "expect_column_value_lengths_to_be_between": lengths,
    "expect_column_value_lengths_to_equal": lambda c: mostly({"column": "s", "value": int(rng.integers(0, 9))}),
    "expect_column_values_to_match_regex": lambda c: mostly({"column": pick(TEXTS), "regex": pattern(rng)}),
    "expect_column_values_to_not_match_regex": lambda c: mostly({"column": pick(TEXTS), "regex": pattern(rng)}),
    "expect_column_values_to_match_regex_list": lambda c: mostly({"column": pick(TEXTS), "regex_list": regexes(), "match_on": pick(["any", "all"])}),
    "expect_column_values_to_not_match_regex_list": lambda c: mostly({"column": pick(TEXTS), "regex_list": regexes()}),
    "expect_column_values_to_match_like_pattern": lambda c: {"column": "s", "like_pattern": "%a_"},
    "expect_column_values_to_be_json_parseable": lambda c: mostly({"column": "s"}),
    "expect_column_values_to_be_of_type": lambda c: {"column": pick(["i", "f", "s"]), "type_": pick(["int64", "float64", "str", "bool"])},
    "expect_column_values_to_be_in_type_list": lambda c: {"column": pick(["i", "f", "s"]), "type_list": some(["int64", "float64", "str"])},
    "expect_column_max_to_be_between": aggregate("max"),
    "expect_column_min_to_be_between": aggregate("min"),
    "expect_column_mean_to_be_between": aggregate("mean"),
    "expect_column_sum_to_be_between": aggregate("sum"),
    "expect_column_stdev_to_be_between": aggregate("std"),
    "expect_column_median_to_be_between": aggregate("median"),
    "expect_column_quantile_values_to_be_between": quantiles,
    "expect_column_unique_value_count_to_be_between": lambda c: (lambda n: {"column": n, **around(distinct(c, n), int)})(any_column(c)),
    "expect_column_proportion_of_unique_values_to_be_between": lambda c: (lambda n: {"column": n, **around(distinct(c, n) / max(1, len(present(c, n))))})(any_column(c)),
    "expect_column_proportion_of_non_null_values_to_be_between": lambda c: (lambda n: {"column": n, "min_value": round(float(rng.random()), 2)})(any_column(c)),
    "expect_column_distinct_values_to_be_in_set": lambda c: in_set(c, False),
    "expect_column_distinct_values_to_contain_set": lambda c: in_set(c, False),
    "expect_column_distinct_values_to_equal_set": lambda c: in_set(c, False),
    "expect_column_most_common_value_to_be_in_set": lambda c: {**in_set(c, False), "ties_okay": pick([True, False])},
    "expect_column_to_exist": lambda c: {"column": pick([*c, "none"])},
    "expect_table_columns_to_match_ordered_list": lambda c: {"column_list": named(c)},
    "expect_table_columns_to_match_set": lambda c: {"column_set": some(named(c), 3) if rng.random() < 0.3 else named(c)[::-1], "exact_match": pick([True, False])},
    "expect_table_column_count_to_equal": lambda c: counted(len(c)),
    "expect_table_column_count_to_be_between": lambda c: around(len(c), int),
    "expect_table_row_count_to_equal": lambda c: counted(len(c["i"]["values"])),
    "expect_table_row_count_to_be_between": lambda c: around(len(c["i"]["values"]), int),
    "expect_column_pair_values_a_to_be_greater_than_b": lambda c: pair(c, or_equal=pick([True, False])),
    "expect_column_pair_values_to_be_equal": pair,
    "expect_column_pair_values_to_be_in_set": pairs_set,
    "expect_compound_columns_to_be_unique": several,
    "expect_multicolumn_sum_to_equal": lambda c: several(c, sum_total=int(rng.integers(0, 15))),
    "expect_select_column_values_to_be_unique_within_record": several,
    "expect_column_values_to_match_strftime_format": lambda c: {"column": "s", "strftime_format": "%Y"},
    "expect_column_value_z_scores_to_be_less_than": lambda c: {"column": "f", "threshold": 2, "double_sided": True},
}
CONDITIONS = ["i > 3", "g <= 2 and i != 4", "f > 1.5 or j < 2", 'select == "red"', "h >= 2 and h < 5"]


def conditioned(name, kwargs):
    if name.startswith("expect_table_column") or name == "expect_column_to_exist" or rng.random() > 0.15:
        return kwargs
    return {**kwargs, "row_condition": pick(CONDITIONS), "condition_parser": "pandas"}


def answer(batch, configuration):
    """Its verdict and how many rows were unexpected; None where it could not say."""
    try:
        expectation = configuration.to_domain_obj()
        result = batch.validate(expectation, result_format="BASIC")
    except Exception:
        return None, None
    info = result.exception_info or {}
    raised = info.get("raised_exception") if "raised_exception" in info else any(one.get("raised_exception") for one in info.values())
    if raised:
        return None, None
    # Of sets of distinct values it counts values, and not rows.
    count = None if "_distinct_values_" in configuration.type else result.result.get("unexpected_count")
    return expectation, {"success": bool(result.success), "count": None if count is None else int(count)}


def main():
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    asset = context.data_sources.add_pandas("p").add_dataframe_asset("t")
    definition = asset.add_batch_definition_whole_dataframe("b")
    drawn = tables(7)
    documents, silent = [], {}
    for table, columns in drawn.items():
        batch = definition.get_batch(batch_parameters={"dataframe": frame(columns)})
        expectations, results = [], []
        for name, make in KINDS.items():
            for _ in range(CASES if len(columns["i"]["values"]) > 10 else 2):
                kwargs = conditioned(name, make(columns))
                expectation, result = answer(batch, ExpectationConfiguration(type=name, kwargs=kwargs))
                if result is None:
                    silent[name] = silent.get(name, 0) + 1
                    continue
                expectations.append(expectation)
                results.append(result)
        suite = gx.ExpectationSuite(name=f"of {table}")
        suite.expectations = expectations
        document = suite.to_json_dict()
        for one in document["expectations"]:
            one.pop("id", None)
        answers = {f"expectations[{at}]": result for at, result in enumerate(results)}
        documents.append({"table": table, "text": json.dumps(document, ensure_ascii=False), "answers": answers})
    versions = {"great_expectations": gx.__version__, "pandas": pd.__version__, "python": sys.version.split()[0]}
    json.dump({"from": "gx", "versions": versions, "silent": silent, "tables": drawn, "documents": documents}, sys.stdout, ensure_ascii=False)


main()
