"""Every endpoint that MLflow declares, with the fields of its message.

    python -m venv V && V/bin/pip install mlflow-skinny==3.17.2
    V/bin/python make_endpoints.py > endpoints.json
"""
import json

import mlflow
from google.protobuf.descriptor import FieldDescriptor
from mlflow.protos import databricks_pb2, mlflow_artifacts_pb2, model_registry_pb2, service_pb2, webhooks_pb2

TYPES = {number: name[5:].lower() for name, number in vars(FieldDescriptor).items() if name.startswith("TYPE_")}


def field(one):
    kind = one.message_type.name if one.message_type else TYPES[one.type]
    required = one.GetOptions().Extensions[databricks_pb2.validate_required]
    return one.name + ":" + kind + ("[]" if one.is_repeated else "") + ("*" if required else "")


def path(text):
    """A path in our notation: one of MLflow's lacks its slash, and parts have two notations."""
    return ("/" + text.lstrip("/")).replace("<path:", "{").replace(">", "}")


def endpoints():
    for module in (service_pb2, model_registry_pb2, mlflow_artifacts_pb2, webhooks_pb2):
        for service in module.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                for one in method.GetOptions().Extensions[databricks_pb2.rpc].endpoints:
                    yield {
                        "name": method.name,
                        "method": one.method,
                        "version": one.since.major,
                        "path": path(one.path),
                        "fields": [field(found) for found in method.input_type.fields],
                    }


lines = ",\n".join(json.dumps(one) for one in endpoints())
print(f'{{"mlflow": "{mlflow.__version__}", "endpoints": [\n{lines}\n]}}')
