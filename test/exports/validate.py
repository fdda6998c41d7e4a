"""Checks exported documents with the tools of the formats' makers. Arguments: FORMAT=FILE … Prints what is wrong, a JSON
object: for each argument the list of complaints. Needs python/requirements-formats.txt, and no network."""

import json
import sys
from pathlib import Path


def cyclonedx(path):
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    errors = JsonStrictValidator(SchemaVersion.V1_7).validate_str(path.read_text("utf-8"), all_errors=True)
    return [str(error)[:500] for error in errors or []]


def model_card(path):
    import yaml
    from huggingface_hub import ModelCard

    card = ModelCard.load(path)  # Builds every EvalResult; says what is missing of one.
    wrong = []
    front = yaml.safe_load(path.read_text("utf-8").split("---\n")[1])
    if front != yaml.safe_load(yaml.safe_dump(front)):
        wrong.append("the front matter does not survive YAML")
    for name, kind in {"library_name": str, "pipeline_tag": str, "tags": list, "metrics": list}.items():
        if name in front and not isinstance(front[name], kind):
            wrong.append(f"{name} is not a {kind.__name__}")
    rows = sum(len(result["metrics"]) for model in front.get("model-index", []) for result in model["results"])
    if rows != len(card.data.eval_results or []):
        wrong.append(f"{rows} results in the front matter, {len(card.data.eval_results or [])} are read")
    if not card.text.strip().startswith("# "):
        wrong.append("the page has no heading")
    return wrong


def ro_crate_context():
    # RO-Crate 1.1 names its context by address and no package carries it. That of 1.3, which the package rocrate carries,
    # stands in for it, with the terms that 1.1 has elsewhere.
    import rocrate

    data = Path(rocrate.__file__).parent / "data" / "ro-crate.jsonld"
    terms = json.loads(data.read_text("utf-8"))["@context"]
    bioschemas = "https://bioschemas.org/"
    elsewhere = {name: bioschemas + name for name in ("ComputationalWorkflow", "FormalParameter")}
    elsewhere |= {name: f"{bioschemas}ComputationalWorkflow#{name}" for name in ("input", "output")}
    return {"@context": {**terms, **elsewhere}}


def ro_crate(path):
    import requests
    from rocrate.rocrate import ROCrate
    from rocrate_validator import models, services

    def answer(self, request, **_):
        response = requests.Response()
        response.url, response.request, response.status_code = request.url, request, 404
        if request.url == "https://w3id.org/ro/crate/1.1/context":
            response.status_code = 200
            response.headers["Content-Type"] = "application/ld+json"
            response._content = json.dumps(ro_crate_context()).encode()
        return response

    requests.adapters.HTTPAdapter.send = answer
    crate = ROCrate(path)
    if len(list(crate.get_entities())) != len(json.loads((path / "ro-crate-metadata.json").read_text("utf-8"))["@graph"]):
        return ["the package rocrate reads other entities than were written"]

    settings = services.ValidationSettings(
        rocrate_uri=str(path),
        profile_identifier="provenance-run-crate",
        requirement_severity=models.Severity.REQUIRED,
        no_cache=True,
    )
    return [f"{issue.check.identifier}: {issue.message}"[:500] for issue in services.validate(settings).get_issues()]


def openlineage(path):
    import importlib
    import pkgutil

    import attr
    from openlineage.client import generated
    from openlineage.client.generated import base

    modules = [importlib.import_module(f"{generated.__name__}.{one.name}") for one in pkgutil.iter_modules(generated.__path__)]
    known = {cls._get_schema(): (cls, module) for module in modules for cls in vars(module).values() if hasattr(cls, "_get_schema")}
    wrong, states = [], {}

    def facets(value, where):
        for name, one in (value or {}).items():
            cls, module = known.get(one["_schemaURL"], (None, None))
            if cls is None and not name.startswith("mlspec_"):
                wrong.append(f"{where}: {name} has the schema {one['_schemaURL']}, which the client does not know")
            elif cls is not None:
                build(cls, one, module, f"{where}.{name}")

    def build(cls, value, module, where):
        # The client's classes check what they are given; what they do not know, they refuse.
        values = {}
        for name, member in value.items():
            field = getattr(attr.fields(cls), name, None)
            if field is None:
                wrong.append(f"{where}: no member {name}")
                continue
            if name.lower().endswith("facets"):
                facets(member, f"{where}.{name}")
            if field.init:
                values[field.alias] = nested(str(field.type), member, module, f"{where}.{name}")
        cls(**values)

    def nested(kind, member, module, where):
        inner = next((part for part in kind.replace("|", " ").replace("[", " ").replace("]", " ").replace(",", " ").split() if part in vars(module)), None)
        if inner is None or not attr.has(vars(module)[inner]):
            return member
        items = member if isinstance(member, list) else member.values() if kind.startswith("dict") else [member]
        for item in items:
            if isinstance(item, dict) and "_schemaURL" not in item:
                build(vars(module)[inner], item, module, where)
        return member

    for number, line in enumerate(path.read_text("utf-8").split("\n")[:-1], 1):
        event = json.loads(line)
        if event["schemaURL"] != base.RunEvent._get_schema():
            wrong.append(f"line {number}: another schema")
        build(base.RunEvent, event, base, f"line {number}")
        states.setdefault(event["run"]["runId"], []).append(event["eventType"])
    for run, seen in states.items():
        if seen[0] != "START" or len(seen) > 2 or (len(seen) == 2 and seen[1] not in ("COMPLETE", "FAIL", "ABORT")):
            wrong.append(f"{run}: {seen}")
    return wrong


def croissant(path):
    import mlcroissant

    issues = mlcroissant.Dataset(json.loads(path.read_text("utf-8"))).metadata.ctx.issues
    # What is only recommended (a licence, a citation) stands in a document where it was declared.
    return [str(issue)[:500] for issue in issues.errors]


def spdx(path):
    from spdx_python_model import v3_0_1 as model

    objects = model.SHACLObjectSet()
    with path.open("rb") as file:
        model.JSONLDDeserializer().read(file, objects)
    written = json.loads(path.read_text("utf-8"))["@graph"]
    wrong = [f"not resolved: {one}" for one in objects.missing_ids if "/NoAssertionLicense" not in str(one)]
    ids = [one["spdxId"] for one in written if "spdxId" in one]
    if len(ids) != len(set(ids)):
        wrong.append("an id stands twice")
    if len(list(objects.foreach())) < len(written):
        wrong.append("fewer objects are read than were written")
    if any(profile in objects_profile(objects, model) for profile in ("ai", "dataset")):
        wrong += spdx_profiles(written)
    with open("/dev/null", "wb") as nowhere:
        model.JSONLDSerializer().write(objects, nowhere)  # Checks how often each property must stand.
    return wrong


def objects_profile(objects, model):
    return [str(one).rsplit("/", 1)[-1] for document in objects.foreach_type(model.SpdxDocument) for one in document.profileConformance]


def spdx_profiles(written):
    """What the AI and Dataset profiles ask for beyond the classes."""
    asked = {
        "ai_AIPackage": ("suppliedBy", "software_downloadLocation", "software_packageVersion", "software_primaryPurpose", "releaseTime"),
        "dataset_DatasetPackage": ("dataset_datasetType", "originatedBy", "builtTime", "releaseTime", "software_downloadLocation", "software_primaryPurpose"),
    }
    wrong = []
    for one in written:
        for member in asked.get(one["type"], ()):
            if member not in one:
                wrong.append(f"{one['spdxId']} has no {member}")
        if one["type"] in asked:
            for kind in ("hasConcludedLicense", "hasDeclaredLicense"):
                count = sum(other.get("from") == one["spdxId"] and other["relationshipType"] == kind for other in written if "relationshipType" in other)
                if count != 1:
                    wrong.append(f"{one['spdxId']} has {count} relationships {kind}")
    return wrong


def mlschema(path, form="json-ld"):
    import rdflib

    graph = rdflib.Graph().parse(path, format=form)
    mls = rdflib.Namespace("http://www.w3.org/ns/mls#")
    # The existential restrictions of MLSchema.ttl: whatever is of the class has such a value. Runs whose model was never
    # measured have no evaluation, which is then no complaint.
    restrictions = {
        "Run": [("achieves", "Task"), ("executes", "Implementation"), ("hasInput", "Dataset"), ("hasInput", "HyperParameterSetting"), ("hasOutput", "Model"), ("realizes", "Algorithm")],
        "HyperParameterSetting": [("specifiedBy", "HyperParameter"), ("hasValue", None)],
        "ModelEvaluation": [("specifiedBy", "EvaluationMeasure"), ("hasValue", None)],
        "EvaluationSpecification": [("defines", "Task"), ("hasPart", "EvaluationMeasure"), ("hasPart", "EvaluationProcedure")],
        "Implementation": [("implements", "Algorithm"), ("hasHyperParameter", "HyperParameter"), ("hasQuality", "ImplementationCharacteristic")],
        "Software": [("hasPart", "Implementation")],
        "Study": [("hasPart", "Experiment")],
        "Experiment": [("hasPart", "Run")],
    }
    if (None, rdflib.RDF.type, mls.EvaluationSpecification) in graph:
        restrictions["Run"].append(("hasOutput", "ModelEvaluation"))
    wrong = []
    for name, values in restrictions.items():
        for subject in graph.subjects(rdflib.RDF.type, mls[name]):
            for relation, kind in values:
                found = graph.objects(subject, mls[relation])
                if not any(kind is None or (one, rdflib.RDF.type, mls[kind]) in graph for one in found):
                    wrong.append(f"{subject} of class {name} has no {relation} {kind or ''}")
    processes, information = {mls.Run, mls.Study, mls.Experiment}, {mls.Dataset, mls.Model, mls.Task, mls.ModelEvaluation, mls.Algorithm}
    for subject in set(graph.subjects()):
        kinds = set(graph.objects(subject, rdflib.RDF.type))
        if len(kinds & processes) > 1 or (kinds & processes and kinds & information):
            wrong.append(f"{subject} is of disjoint classes")
    prov = rdflib.Namespace("http://www.w3.org/ns/prov#")
    for _, relation, thing in graph:
        if relation in (prov.used, prov.wasGeneratedBy, prov.wasAssociatedWith, prov.wasInformedBy) and (thing, rdflib.RDF.type, None) not in graph:
            wrong.append(f"{thing} has no type")
    if not list(graph.subjects(rdflib.RDF.type, prov.Activity)):
        wrong.append("nothing was done")
    return wrong


def mlschema_turtle(path):
    import rdflib
    from rdflib.compare import isomorphic

    wrong = mlschema(path, "turtle")
    twin = path.with_name(path.name.removesuffix("-turtle"))
    if twin.exists() and not isomorphic(rdflib.Graph().parse(path, format="turtle"), rdflib.Graph().parse(twin, format="json-ld")):
        wrong.append("another graph than the JSON-LD")
    return wrong


def fair4ml(path):
    import rdflib

    graph = rdflib.Graph().parse(path, format="json-ld")
    vocabulary = rdflib.Namespace("https://w3id.org/fair4ml#")
    known = set("trainedOn validatedOn testedOn evaluatedOn hasEvaluation mlTask modelCategory intendedUse modelRisksBiasLimitations evaluationDataset evaluatedMLModel evaluationMetrics".split())
    wrong = [f"no term {one}" for _, one, _ in graph if one.startswith(str(vocabulary)) and one.removeprefix(str(vocabulary)) not in known]
    models = set(graph.subjects(rdflib.RDF.type, vocabulary.MLModel))
    if not models:
        wrong.append("no model")
    for evaluation in graph.subjects(rdflib.RDF.type, vocabulary.MLModelEvaluation):
        if graph.value(evaluation, vocabulary.evaluatedMLModel) not in models:
            wrong.append(f"{evaluation} is of no model")
    for relation in ("trainedOn", "validatedOn", "testedOn", "evaluationDataset"):
        for data in graph.objects(None, vocabulary[relation]):
            if (data, rdflib.RDF.type, rdflib.URIRef("http://mlcommons.org/croissant/Dataset")) not in graph:
                wrong.append(f"{data} is no dataset")
    return wrong


checks = {
    "croissant": croissant,
    "cyclonedx": cyclonedx,
    "fair4ml": fair4ml,
    "mlschema": mlschema,
    "mlschema-turtle": mlschema_turtle,
    "model-card": model_card,
    "openlineage": openlineage,
    "ro-crate": ro_crate,
    "spdx": spdx,
}


def main(arguments):
    wrong = {}
    for argument in arguments:
        name, _, path = argument.partition("=")
        try:
            wrong[argument] = checks[name](Path(path))
        except Exception as error:  # What a validator raises is its complaint.
            wrong[argument] = [f"{type(error).__name__}: {error}"[:1000]]
    print(json.dumps(wrong))


if __name__ == "__main__":
    main(sys.argv[1:])
