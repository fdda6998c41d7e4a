"""Makes filters.json: which rows MLflow's own stores return for hundreds of filters and orders, and which it refuses.

Run with mlflow installed, in this folder: python make_filters.py > filters.json
"""

import contextlib
import json
import logging
import random
import sys
import tempfile
import warnings

import mlflow
import sqlparse
from mlflow.entities import ViewType
from mlflow.exceptions import MlflowException
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore as RegistryStore
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

import filter_cases
import filter_rows

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)


def searches(tracking, models):
    """How each kind is searched: a filter and an order into ids."""
    runs = lambda text, order: [r.info.run_id for r in tracking.search_runs(["1"], text, ViewType.ALL, order_by=order)]
    experiments = lambda text, order: [int(e.experiment_id) for e in tracking.search_experiments(ViewType.ALL, filter_string=text, order_by=order)]
    registered = lambda text, order: [m.name for m in models.search_registered_models(text, order_by=order)]
    versions = lambda text, order: [f"{v.name}/{v.version}" for v in models.search_model_versions(text, order_by=order)]
    logged = lambda text, order: [m.model_id for m in tracking.search_logged_models(["1"], text, order_by=order)]
    return {"runs": runs, "experiments": experiments, "registered-models": registered, "model-versions": versions, "logged-models": logged}


def asked(search, text, order=None):
    """The ids; None where MLflow refuses with its own error; the error's name where it breaks."""
    try:
        return search(text, order)
    except MlflowException as error:
        return None if error.error_code == "INVALID_PARAMETER_VALUE" else f"breaks: {error.error_code}"
    except Exception as error:
        return f"breaks: {type(error).__name__}"


def main():
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(sys.stderr):
        uri = f"sqlite:///{folder}/mlflow.db"
        tracking, models = SqlAlchemyStore(uri, folder), RegistryStore(uri)
        with tracking.ManagedSessionMaker(read_only=False) as session:
            filter_rows.fill(session)
        by_kind = searches(tracking, models)
        filters = {}
        for kind, search in by_kind.items():
            texts = dict.fromkeys(filter_cases.filters(kind, random.Random(4)))
            filters[kind] = [[text, sorted(found, key=str) if isinstance(found := asked(search, text), list) else found] for text in texts]
        orders = {kind: [[order, asked(search, None, order)] for order in filter_cases.ORDERS[kind]] for kind, search in by_kind.items()}
    rows = {name: getattr(filter_rows, name) for name in ("RUNS", "EXPERIMENTS", "MODELS", "VERSIONS", "LOGGED_MODELS")}
    made_with = {"mlflow": mlflow.__version__, "sqlparse": sqlparse.__version__}
    write({"made_with": made_with, "rows": rows, "filters": filters, "orders": orders, "differences": filter_cases.DIFFERENCES})


def write(document):
    """One case a line; NaN as text, since JSON has none."""
    text = json.dumps(document, ensure_ascii=False, default=str)
    text = json.dumps(json.loads(text, parse_constant=lambda name: name), ensure_ascii=False)
    print(text.replace("], [\"", "],\n[\"").replace("}, {", "},\n{"))


main()
