"""Makes tfdv.json: generated tables, generated schemas in the text format, and the anomalies that TensorFlow Data Validation finds, by statement.

Run with tensorflow-data-validation installed: python make_tfdv.py > tfdv.json

A cell is a list of one value, or none; NaN is a value. Of a table without rows it says nothing. What it says of values is kept where the
column is there and of its type.
"""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np  # noqa: E402
import pyarrow as pa  # noqa: E402
import tensorflow_data_validation as tfdv  # noqa: E402
from generated_tables import present, tables, text  # noqa: E402
from google.protobuf import text_format  # noqa: E402
from tensorflow_data_validation.statistics import stats_impl  # noqa: E402
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2  # noqa: E402

SCHEMAS = 4
KEPT = ["i", "j", "key no", "f", "g", "h", "s", "select"]
TYPES = {"BIGINT": schema_pb2.INT, "DOUBLE": schema_pb2.FLOAT, "VARCHAR": schema_pb2.BYTES}
ARROW = {"BIGINT": pa.int64(), "DOUBLE": pa.float64(), "VARCHAR": pa.large_binary()}
STAGES = [schema_pb2.PLANNED, schema_pb2.ALPHA, schema_pb2.BETA, schema_pb2.PRODUCTION, schema_pb2.DEPRECATED, schema_pb2.DEBUG_ONLY]
TYPE_REASONS = {"UNEXPECTED_DATA_TYPE", "INT_TYPE_NOT_INT_STRING", "FLOAT_TYPE_STRING_NOT_FLOAT", "DOMAIN_INVALID_FOR_TYPE"}
REASONS = {
    "presence": {"SCHEMA_MISSING_COLUMN", "FEATURE_TYPE_NOT_PRESENT", "FEATURE_TYPE_LOW_FRACTION_PRESENT", "FEATURE_TYPE_LOW_NUMBER_PRESENT"},
    "shape": {"INVALID_FEATURE_SHAPE"},
    "value_count": {"FEATURE_TYPE_LOW_NUMBER_VALUES", "FEATURE_TYPE_HIGH_NUMBER_VALUES"},
    "int_domain": {"INT_TYPE_SMALL_INT", "INT_TYPE_BIG_INT"},
    "float_domain": {"FLOAT_TYPE_SMALL_FLOAT", "FLOAT_TYPE_BIG_FLOAT", "FLOAT_TYPE_HAS_NAN", "FLOAT_TYPE_HAS_INF"},
    "bool_domain": {"BOOL_TYPE_BIG_INT", "BOOL_TYPE_SMALL_INT", "BOOL_TYPE_UNEXPECTED_STRING", "BOOL_TYPE_UNEXPECTED_FLOAT"},
    "string_domain": {"ENUM_TYPE_UNEXPECTED_STRING_VALUES"},
    "domain": {"ENUM_TYPE_UNEXPECTED_STRING_VALUES"},
    "distribution_constraints": {"ENUM_TYPE_UNEXPECTED_STRING_VALUES"},
    "unique_constraints": {"FEATURE_TYPE_LOW_UNIQUE", "FEATURE_TYPE_HIGH_UNIQUE", "FEATURE_TYPE_NO_UNIQUE"},
    "lifecycle_stage": None,
    "deprecated": None,
}
IN_USE = {schema_pb2.UNKNOWN_STAGE, schema_pb2.BETA, schema_pb2.PRODUCTION}
rng = np.random.default_rng(57)


def pick(options):
    return options[int(rng.integers(0, len(options)))]


def some(options, least=1):
    count = int(rng.integers(least, len(options) + 1))
    return [options[int(k)] for k in rng.permutation(len(options))[:count]]


def often(share):
    return bool(rng.random() < share)


def batch_of(columns):
    made = {}
    for name in KEPT:
        kind, values = columns[name]["type"], columns[name]["values"]
        cells = [None if v is None else [v.encode() if kind == "VARCHAR" else float(v) if kind == "DOUBLE" else v] for v in values]
        made[name] = pa.array(cells, type=pa.large_list(ARROW[kind]))
    return pa.RecordBatch.from_arrays(list(made.values()), names=list(made))


def around(domain, values, kind):
    """Bounds, rather at the ends of the values, so that some hold."""
    if often(0.8):
        domain.min = kind(min(values) if often(0.6) else pick(values))
    if often(0.8):
        domain.max = kind(max(values) if often(0.6) else pick(values))


def words(values):
    chosen = values if often(0.5) or not values else some(values)
    return list(dict.fromkeys(chosen + [text(rng, 3)] if often(0.4) else chosen)) or ["none"]


def add_domain(feature, columns, name, schema):
    kind, values = columns[name]["type"], list(dict.fromkeys(present(columns, name)))
    if kind == "VARCHAR":
        draw = rng.random()
        if draw < 0.45:
            feature.string_domain.value.extend(words(values))
        elif draw < 0.8:
            feature.domain = f"of {name}"
            schema.string_domain.add(name=feature.domain).value.extend(words(values))
        else:
            feature.bool_domain.true_value, feature.bool_domain.false_value = pick([("red", "green"), ("true", "false")])
            return
        if often(0.4):
            feature.distribution_constraints.min_domain_mass = round(float(rng.random()), 2)
    elif kind == "BIGINT" and often(0.15):
        feature.bool_domain.SetInParent()
    elif kind == "BIGINT" and values:
        around(feature.int_domain, values, int)
    elif values:
        around(feature.float_domain, values, float)
        if often(0.3):
            feature.float_domain.disallow_nan = feature.float_domain.disallow_inf = True


def add_feature(schema, columns, name):
    feature = schema.feature.add(name=name)
    kind = columns[name]["type"] if name in columns else "BIGINT"
    count = len(columns["i"]["values"])
    feature.type = pick(list(TYPES.values())) if often(0.1) else TYPES[kind]
    if often(0.7):
        feature.presence.min_fraction = pick([0.0, 0.5, 0.8, 1.0, round(float(rng.random()), 2)])
        if often(0.5):
            feature.presence.min_count = int(pick([0, 1, count // 2, count, count + 1]))
    if often(0.3):
        feature.value_count.min = feature.value_count.max = 1
    elif often(0.2):
        feature.shape.dim.add(size=1)
    if name in columns and feature.type == TYPES[kind] and often(0.7):
        add_domain(feature, columns, name, schema)
    if name in columns and often(0.25):
        distinct = len(set(present(columns, name)))
        feature.unique_constraints.min = max(0, distinct + pick([-2, 0, 0, 1]))
        feature.unique_constraints.max = max(feature.unique_constraints.min, distinct + pick([-1, 0, 0, 2]))
    if often(0.15):
        feature.lifecycle_stage = pick(STAGES)
    elif often(0.05):
        feature.deprecated = True
    if often(0.1):
        feature.annotation.comment.append("said")
    return feature


def any_schema(columns):
    schema = schema_pb2.Schema()
    names = some(KEPT, 4) + (["not there"] if often(0.3) else [])
    has_environments = often(0.4)
    if has_environments:
        schema.default_environment.extend(["TRAINING", "SERVING"])
    for name in names:
        feature = add_feature(schema, columns, name)
        if has_environments and often(0.25):
            feature.not_in_environment.append(pick(["TRAINING", "SERVING"]))
        elif has_environments and often(0.1):
            feature.in_environment.append("TESTING")
    count = len(columns["i"]["values"])
    if often(0.4):
        schema.dataset_constraints.min_examples_count = int(max(1, count + pick([-1, 0, 1])))
    if often(0.3):
        schema.dataset_constraints.max_examples_count = int(max(1, count + pick([-1, 0, 1])))
    return schema, pick(["TRAINING", "SERVING"]) if has_environments else None


def reasons_of(anomalies):
    name_of = anomalies_pb2.AnomalyInfo.Type.Name
    found = {".".join(info.path.step): {name_of(reason.type) for reason in info.reason} for info in anomalies.anomaly_info.values()}
    return found, {name_of(reason.type) for reason in anomalies.dataset_anomaly_info.reason}


def answers_of(schema, columns, found, whole):
    answers = {}
    for at, feature in enumerate(schema.feature):
        place, reasons = f"feature[{at}]", found.get(feature.name, set())
        answers[f"{place}.type"] = {"success": not reasons & TYPE_REASONS, "count": None}
        if reasons & TYPE_REASONS or (feature.name in KEPT and feature.type != TYPES[columns[feature.name]["type"]]):
            continue
        kept = set(REASONS) if feature.name in KEPT and present(columns, feature.name) else {"presence"}
        if feature.lifecycle_stage in IN_USE:
            kept -= {"lifecycle_stage"}
        for field, _ in feature.ListFields():
            if field.name not in kept or "SCHEMA_NEW_COLUMN" in reasons:
                continue
            asked = REASONS[field.name]
            answers[f"{place}.{field.name}"] = {"success": not (reasons if asked is None else reasons & asked), "count": None}
    if schema.HasField("dataset_constraints"):
        answers["dataset_constraints"] = {"success": not whole & {"DATASET_LOW_NUM_EXAMPLES", "DATASET_HIGH_NUM_EXAMPLES"}, "count": None}
    return answers


def main():
    drawn = {name: columns for name, columns in tables(17).items() if columns["i"]["values"]}
    documents = []
    for table, columns in drawn.items():
        columns = {name: columns[name] for name in KEPT}
        batch = batch_of(columns)
        for _ in range(SCHEMAS if batch.num_rows > 10 else 3):
            schema, environment = any_schema(columns)
            statistics = stats_impl.generate_statistics_in_memory(batch, tfdv.StatsOptions(schema=schema))
            anomalies = tfdv.validate_statistics(statistics, schema, environment=environment)
            answers = answers_of(schema, columns, *reasons_of(anomalies))
            documents.append({"table": table, **({"environment": environment} if environment else {}), "text": text_format.MessageToString(schema), "answers": answers})
    kept = {table: {name: columns[name] for name in KEPT} for table, columns in drawn.items()}
    versions = {"tensorflow-data-validation": tfdv.__version__, "python": sys.version.split()[0]}
    json.dump({"from": "tfdv", "versions": versions, "tables": kept, "documents": documents}, sys.stdout, ensure_ascii=False)


main()
