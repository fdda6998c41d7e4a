"""The filters and orders that are asked of MLflow: every form of its grammar, odd spellings, and random conjunctions."""

from filter_rows import LONG_ID

COMPARISONS = ["=", "!=", "<", "<=", ">", ">="]
NUMBERS = "1 1.0 01 1. .5 -1 -0.5 -.5 1e0 1E0 1e-1 10e-1 1.5e3 -1e3 0 -0 1e400 -1e400 0.1 0.9 0.3 0.30000000000000004 100000000000000000000".split()
ODD_NUMBERS = "+1 1e+0 .5e1 0x1 1_000 inf -inf nan Infinity '1' \"1\" 1a 1.2.3 - --1 null true".split()
TEXTS = [
    "'0.1'", "\"0.1\"", "'tree'", "'Tree'", "'%ree'", "'T%'", "'t_ee'", "''", "\"\"", "'it''s'", "\"it's\"", "'it\\'s'", "'say \"hi\"'", "'100%'",
    "'100%%'", "'%[a]%'", "'[%'", "'*'", "'%*%'", "'%?%'", "'%\\'", "'%\\%'", "'réd'", "'RÉD'", "'r_d'", "'ä'", "'日本'", "'日_'", "'line\nbreak'", "'line_break'",
    "'a\tb'", "'%'", "'_'", "'___'", "'🚀 go'", "'_ go'", "'-- x'", "'/* x */'", "'a AND b'", "'(x)'", "';'", "' red'", "'RED'", "'red'",
]
BAD_TEXTS = ["x", "1", "`x`", "'x", "x'", "\"x", "(x)", "NULL", "'a' 'b'", "'a' || 'b'", "params.lr", "CURRENT_DATE", "?", ":x"]
TEXT_OPERATORS = ["=", "!=", "LIKE", "ILIKE", "like", "iLike"]
ODD_OPERATORS = ["==", "<>", "<", ">=", "=>", "!", "~", "IS", "IN", "NOT", "RLIKE", "REGEXP", "BETWEEN", "NOT LIKE", ":=", "=!", "is not"]


def filters(kind, random):
    yield from ["", " ", "AND", "and AND", "x", "=", "'x'", "()", "OR", "1 = 1", "''", "NOT", "*", "\t\n", "a b c", "--", ";"]
    yield from {"runs": of_runs, "experiments": of_experiments, "registered-models": of_models, "model-versions": of_versions, "logged-models": of_logged_models}[kind](random)


def joined(clauses, random, count):
    """Random conjunctions in odd layouts."""
    ands = [" AND ", " and ", "\nAnd\t", "  AND  "]
    for _ in range(count):
        text = random.choice(clauses)
        for _ in range(random.randint(1, 3)):
            text += random.choice(ands) + random.choice(clauses)
        yield text


def layouts(one, two):
    """What stands between and around comparisons."""
    yield from [f" {one}", f"{one} ", f"\n\t{one}\r\n", f"{one} AND {two}", f"{one} and {two}", f"{one} AnD {two}", f"{one}\nAND\n{two}", f"{one}  AND  {two}"]
    yield from [f"{one} {two}", f"{one} AND AND {two}", f"AND {one}", f"{one} AND", f"and {one} and and {two} and", f"{one}AND {two}", f"{one} AND{two}"]
    yield from [f"{one} OR {two}", f"NOT {one}", f"({one})", f"({one}) AND ({two})", f"{one}; {two}", f"{one};", f"{one}, {two}", f"{one} -- x", f"{one} /* x */ AND {two}"]
    yield from [f"{one} && {two}", f"{one} & {two}", f"WHERE {one}", f"{one} x", f"{one} 'x'", f"{one} AND x", f"{one} XOR {two}", f"{one} LIMIT 1", f"{one} = 1"]


def spellings(prefixes, keys):
    """A key behind each prefix, with each kind of quotes."""
    for prefix in prefixes:
        yield f"{prefix}.{keys[0]}"
    for key in keys:
        yield from [f"{prefixes[0]}.{key}", f"{prefixes[0]}.`{key}`", f"{prefixes[0]}.\"{key}\"", f"{prefixes[0]}.'{key}'"]
    prefix, key = prefixes[0], keys[0]
    yield from [f"`{prefix}`.{key}", f"`{prefix}`.`{key}`", f"`{prefix}.{key}`", f"\"{prefix}\".{key}", f"{prefix} .{key}", f"{prefix}. {key}", f"{prefix}..{key}", f"{prefix}.", f".{key}"]
    yield from [f"{prefix.upper()}.{key}", f"{prefix}s.{key}", f"{prefix}[{key}]", f"{prefix}", f"{prefix}.`{key}", f"{prefix}.``", f"{prefix}.\"\"", f"x.{key}", f"{prefix}.`{key}`.`{key}`"]


KEYS = ["lr", "a b", "a.b", "a/b", "x-y", "größe", "2fa", "in", "IN", "order", "and", "not", "null", "like", "empty", "Model", "model", "`tick`", "\"dq\"", "mlflow.source.name", "missing", "日本", "emoji🚀", "select", "key", "end", "case", "asc", "a.1", "_x", "x_1"]


def of_runs(random):
    for name in spellings(["metrics", "metric", "Metrics"], ["acc", "val loss", "a.b", "a/b", "größe", "order", "2fa", "nan", "Acc", "in", "a.1"]):
        yield f"{name} > 0.5"
    for operator in COMPARISONS:
        yield from (f"metrics.acc {operator} {number}" for number in NUMBERS)
        yield from (f"metrics.{key} {operator} 0" for key in ["nan", "loss", "missing"])
    yield from (f"metrics.acc > {number}" for number in ODD_NUMBERS)
    yield from (f"metrics.loss {operator} 0" for operator in ODD_OPERATORS + ["LIKE", "ILIKE", "IN", "IS NULL"])
    yield from ["metrics.acc>0.5", "metrics.acc>-1", "metrics.acc >-1", "metrics.acc> 0.5", "metrics.acc\n>\n0.5", "0.5 < metrics.acc", "metrics.acc > metrics.loss", "metrics.acc IN (1, 2)", "metrics.acc IS NULL"]
    for name in spellings(["params", "param", "parameter", "parameters", "Params"], KEYS):
        yield f"{name} != 'x'"
    for operator in TEXT_OPERATORS:
        for value in TEXTS:
            yield f"params.{random.choice(['lr', 'Model', 'multi', 'tab', '`a b`'])} {operator} {value}"
            yield f"tags.{random.choice(['team', 'note', 'quote', 'emoji'])} {operator} {value}"
    yield from (f"params.lr = {value}" for value in BAD_TEXTS)
    yield from (f"params.lr {operator} '0.1'" for operator in ODD_OPERATORS)
    yield from ["params.lr='0.1'", "params.lr LIKE'0.1%'", "params.lr LIKE '0.1%'AND params.Model='Tree'", "'0.1' = params.lr", "params.lr = '0.1", "params.lr = '0.1' '", "params.lr = 'a' AND params.lr = 'b"]
    yield from spelled_nulls(["params.lr", "tags.team", "tags.`a b`", "param.missing", "tag.\"note\"", "tags.quote"])
    yield from ["run_id IS NULL", "end_time IS NULL", "metrics.acc IS NOT NULL", "dataset.name IS NULL", "status IS NOT NULL"]
    yield from run_attributes()
    yield from lists("run_id", ["a1", "B2", LONG_ID, "zz"])
    yield from lists("attributes.run_id", ["c3", "B2"])
    yield from ["status IN ('RUNNING')", "run_name IN ('first')", "user_id NOT IN ('kim')", "params.lr IN ('0.1')", "tags.team NOT IN ('Red')", "start_time IN (1000)"]
    yield from run_datasets()
    yield from layouts("metrics.acc > 0", "params.lr = '0.1'")
    yield from layouts("run_id IN ('a1', 'B2')", "status = 'FINISHED'")
    yield from layouts("tags.team IS NOT NULL", "params.lr IS NULL")
    simple = ["metrics.acc > 0.5", "metric.loss <= 0", "metrics.`val loss` = 1", "metrics.acc != 0.9", "params.lr LIKE '0.1%'", "param.Model ILIKE 'tree'", "tags.team ILIKE 'red'", "tags.team != 'Red'"]
    simple += ["status = 'FINISHED'", "status != \"RUNNING\"", "start_time >= 1001", "attributes.end_time > 0", "run_id IN ('a1', 'B2', 'c3')", "run_id NOT IN ('a1')", "user_id = 'kim'", "run_name LIKE '%e%'"]
    simple += ["dataset.name = 'iris'", "dataset.context = 'training'", "datasets.digest LIKE 'd%'", "params.lr IS NOT NULL", "tags.note IS NULL", "created < 9000", "attr.artifact_uri LIKE '%a1%'"]
    yield from joined(simple, random, 150)


def spelled_nulls(names):
    for name in names:
        yield from [f"{name} IS NULL", f"{name} IS NOT NULL"]
    yield from [f"{names[0]} is null", f"{names[0]} Is Not Null", f"{names[0]} IS  NULL", f"{names[0]} IS NOT  NULL", f"{names[0]} IS\nNOT NULL", f"{names[0]} NOT NULL", f"{names[0]} ISNULL", f"{names[0]} = NULL"]


def run_attributes():
    for prefix in ["", "attributes.", "attribute.", "attr.", "run.", "Attributes.", "attrs.", "runs."]:
        yield f"{prefix}status = 'FINISHED'"
        yield f"{prefix}start_time > 1000"
    for name in ["run_id", "run_name", "`run name`", "\"run name\"", "`Run name`", "\"Run Name\"", "run name", "`RUN NAME`", "user_id", "status", "artifact_uri", "`status`", "\"status\"", "attributes.`run name`"]:
        yield from (f"{name} {operator} '{value}'" for operator, value in [("=", "second"), ("!=", "first"), ("LIKE", "%e%"), ("ILIKE", "S%"), ("ilike", "KIM"), ("=", "FINISHED"), ("LIKE", "a__"), ("LIKE", "a_b")])
    for name in ["start_time", "end_time", "created", "Created", "`start_time`", "attributes.created", "CREATED", "Start_time"]:
        yield from (f"{name} {operator} 1002" for operator in COMPARISONS)
    for value in ["1.5", "1002.0", "1e3", "-1", "99999999999", "9007199254740991", "99999999999999999999", "1e30", "1002.5", "'1000'", "NULL", "abc", "0", ".5", "+1000"]:
        yield from [f"start_time > {value}", f"end_time <= {value}", f"start_time = {value}"]
    yield from ["start_time LIKE '1%'", "start_time = '2024-01-01'", "status > 'A'", "status = FINISHED", "status = 1", "experiment_id = '1'", "lifecycle_stage = 'active'", "run_uuid = 'a1'", "name = 'first'", "status = 'finished'"]


def lists(name, values):
    quoted = ", ".join(f"'{value}'" for value in values)
    first, second = values[:2]
    for word in ["IN", "in", "NOT IN", "not in", "Not In", "NOT  IN"]:
        yield f"{name} {word} ({quoted})"
    yield from [f"{name} IN ('{first}')", f"{name} IN('{first}')", f"{name} IN ('{first}',)", f"{name} IN ( '{first}' ,\n'{second}' )", f"{name} IN (\"{first}\", '{second}')", f"{name} IN (('{first}'))", f"{name} IN (('{first}', '{second}'))"]
    yield from [f"{name} IN ()", f"{name} IN (1)", f"{name} IN ('{first}', 1)", f"{name} IN '{first}'", f"{name} IN ('{first}'", f"{name} IN ({first})", f"{name} IN ('{first}' '{second}')", f"{name} IN ['{first}']", f"{name} = ('{first}')"]
    escaped = "".join(f"\\x{ord(letter):02x}" for letter in first)
    yield from [f"{name} IN ('{escaped}', 'it\\'s', '\\\\', '\\q', '\\n')", f"{name} IN ('it''s')", f"{name} NOT IN ('\\u0061{first[1:]}')", f"{name} IN (',', '(', ')', '{first}')", f"{name} IN ('a\nb')", f"{name} IN (u'{first}')", f"{name} IN (NULL)"]


def run_datasets():
    for prefix in ["dataset", "datasets", "Dataset"]:
        yield from [f"{prefix}.name = 'iris'", f"{prefix}.`name` LIKE 'i%'", f"{prefix}.digest != 'd1'", f"{prefix}.context ILIKE 'TRAIN%'", f"{prefix}.\"context\" != 'training'"]
    yield from ["dataset.name IN ('iris', 'wine')", "dataset.name NOT IN ('iris')", "dataset.digest IN ('d1')", "dataset.context IN ('training', 'Training')", "dataset.context NOT IN ('training')", "dataset.name ILIKE 'IRIS'"]
    yield from ["dataset.source = 's'", "dataset.name > 'a'", "dataset = 'iris'", "dataset.name = iris", "dataset.name = 1", "dataset.name = 'iris' AND dataset.digest = 'd2'", "dataset.name = 'iris' AND dataset.name = 'wine'", "dataset.context = 'nothing'"]


def of_experiments(random):
    for operator in TEXT_OPERATORS:
        yield from (f"name {operator} {value}" for value in ["'vision'", "'V%'", "\"it's 100%\"", "'%100%'", "'na_ve'", "'NAÏVE'", "'naïve'", "''", "'%'"])
        yield from (f"tags.team {operator} {value}" for value in ["'Red'", "'r%'", "'red'", "''"])
    for name in spellings(["tags", "tag"], ["team", "a b", "mlflow.note", "empty", "missing"]):
        yield f"{name} != 'zzz'"
    for name in ["creation_time", "last_update_time", "attribute.creation_time", "`creation_time`", "attributes.creation_time", "created"]:
        yield from (f"{name} {operator} 15" for operator in COMPARISONS)
    yield from (f"creation_time > {value}" for value in ["15.0", "1e1", "'15'", "-1", "99999999999999999999", "abc", "15.5"])
    for name in ["experiment_id", "attribute.experiment_id"]:
        yield from (f"{name} {operator} {value}" for operator in ["=", "!=", "LIKE", "<", "IN"] for value in ["'1'", "1", "'x'", "'14'", "'99999999999999999999'", "' 1 '", "('1', '14')"])
        yield from [f"{name} NOT IN ('1', '2')", f"{name} IN ('x')", f"{name} IN ('1',)"]
    yield from lists("experiment_id", ["1", "14"])
    yield from spelled_nulls(["tags.team", "tags.empty", "tag.missing"])
    yield from ["name IS NULL", "name IN ('vision')", "lifecycle_stage = 'active'", "params.a = 'x'", "metrics.a > 1", "name = vision", "name = 1", "tags.team IN ('Red')", "attr.name = 'x'"]
    yield from layouts("name LIKE '%i%'", "creation_time > 10")
    yield from joined(["name ILIKE 'v%'", "tags.team = 'Red'", "tag.team != 'blue'", "creation_time >= 15", "attribute.last_update_time < 50", "experiment_id IN ('1', '2', '3')", "tags.team IS NULL", "experiment_id != '0'"], random, 40)


PROMPT = "tags.`mlflow.prompt.is_prompt`"


def prompts():
    for operator in ["=", "!="]:
        yield from (f"{PROMPT} {operator} '{value}'" for value in ["true", "false", "TRUE", "False", "other"])
    yield from [f"{PROMPT} LIKE 'true'", f"{PROMPT} LIKE '%'", f"{PROMPT} != 'true' AND tags.team = 'Red'", f"tags.team = 'Red' AND {PROMPT} = 'true'", f"{PROMPT} = 'false' AND name LIKE '%'", "tags.mlflow.prompt.is_prompt = 'true'"]
    yield from [f"{PROMPT} = 'true' AND {PROMPT} != 'false'", f"{PROMPT} != 'true' AND {PROMPT} = 'false'"]


def of_models(random):
    for operator in TEXT_OPERATORS:
        yield from (f"name {operator} {value}" for value in ["'alpha'", "'A%'", "'%100%'", "'%'", "''", "\"alpha\"", "'_lpha'"])
        yield from (f"tags.team {operator} {value}" for value in ["'Red'", "'r%'", "'red'"])
    for name in spellings(["tags", "tag"], ["team", "a b", "missing"]):
        yield f"{name} != 'zzz'"
    yield from lists("name", ["alpha", "beta 100%"])
    yield from prompts()
    yield from ["`name` = 'alpha'", "attribute.name = 'alpha'", "attributes.name = 'alpha'", "name > 'a'", "name = alpha", "name = 1", "creation_timestamp > 1", "timestamp > 1", "tags.team IS NULL", "tags.team IN ('Red')", "description = 'x'"]
    yield from layouts("name ILIKE '%a%'", "tags.team != 'blue'")
    yield from joined(["name LIKE '%a%'", "name ILIKE 'ALPHA'", "tags.team = 'Red'", "tag.`a b` = 'x'", "name NOT IN ('alpha')", "tags.team ILIKE 'red'", "tags.team != 'x'", f"{PROMPT} != 'true'"], random, 40)


def of_versions(random):
    for operator in TEXT_OPERATORS:
        yield from (f"name {operator} {value}" for value in ["'alpha'", "'A%'", "'%'"])
        yield from (f"source_path {operator} {value}" for value in ["'s3://bucket/a_1'", "'S3%'", "\"/local/it's\"", "'%_1'"])
        yield from (f"run_id {operator} {value}" for value in ["'a1'", "'b2'", "''"])
        yield from (f"tags.stage {operator} {value}" for value in ["'Prod'", "'p%'", "'100%'"])
    for operator in COMPARISONS:
        yield from (f"version_number {operator} {value}" for value in ["1", "2", "'2'", "\"10\"", "2.0", "2.5", "-1", "1e0", "99999999999999999999", "'x'", "x"])
    for name in spellings(["tags", "tag"], ["stage", "a b", "missing"]):
        yield f"{name} != 'zzz'"
    yield from lists("run_id", ["a1", "B2"])
    yield from lists("name", ["alpha", "greeting"])
    yield from prompts()
    yield from ["attribute.name = 'alpha'", "attributes.name = 'alpha'", "`name` = 'alpha'", "attribute.version_number > 1", "version = 1", "source = 'p'", "stage = 'None'", "tags.stage IS NULL", "source_path IN ('p')", "version_number IN (1, 2)", "creation_timestamp > 1", "version_number LIKE '1'"]
    yield from layouts("name = 'alpha'", "version_number > 1")
    yield from joined(["name = 'alpha'", "name ILIKE 'ALPHA'", "version_number >= 2", "version_number != 10", "run_id = 'a1'", "run_id IN ('a1', 'B2')", "tags.stage ILIKE 'prod'", "source_path LIKE 's3%'", "tags.stage != 'x'"], random, 40)


def of_logged_models(random):
    for name in ["name", "attributes.name", "model_id", "model_type", "source_run_id", "attributes.`name`", "`name`"]:
        yield from (f"{name} {operator} {value}" for operator, value in [("=", "'tree'"), ("!=", "'tree'"), ("LIKE", "'%r%'"), ("ILIKE", "'T%'"), ("like", "'m-_'"), ("IN", "('tree', 'a1', 'm-b')"), ("NOT IN", "('Tree')"), ("not in", "('sklearn')"), ("=", "''"), ("LIKE", "'100%'")])
    yield from (f"name = {value}" for value in ["tree", "\"tree\"", "`tree`", "1", "0.5", "'100%'", "'tr''ee'", "NULL"])
    yield from [f"status {operator} {value}" for operator, value in [("=", "'READY'"), ("=", "'LOGGED_MODEL_READY'"), ("!=", "'READY'"), ("IN", "('READY', 'PENDING')"), ("=", "2"), ("=", "'2'"), ("!=", "'2'"), ("IN", "('1', '3')"), ("=", "'nothing'")]]
    for name in ["creation_timestamp", "creation_time", "last_updated_timestamp", "attributes.creation_time", "attributes.creation_timestamp", "creation_timestamp_ms", "last_updated_timestamp_ms", "attributes.creation_timestamp_ms", "last_updated_time"]:
        yield from (f"{name} {operator} 101" for operator in COMPARISONS)
    yield from (f"creation_timestamp > {value}" for value in ["100.5", "1e2", "-1", "99999999999999999999", "inf", "x", "'100'", "nan"])
    for operator in COMPARISONS:
        yield from (f"metrics.{key} {operator} {value}" for key in ["acc", "loss", "a.b", "`val loss`", "gone", "missing"] for value in ["0", "0.5", "0.9", "-1", "1e400"])
    yield from (f"metrics.acc > {value}" for value in NUMBERS + ODD_NUMBERS)
    for family, key in [("params", "lr"), ("tags", "team")]:
        yield from (f"{family}.{key} {operator} {value}" for operator, value in [("=", "'0.1'"), ("=", "'Red'"), ("!=", "'red'"), ("LIKE", "'0.1%'"), ("ILIKE", "'RED'"), ("ilike", "'%e%'"), ("IN", "('0.1', 'Red')"), ("NOT IN", "('0.10', 'red')"), ("in", "('red',)"), ("=", "0.1"), ("=", "Red"), ("=", "\"Red\""), (">", "'a'"), ("IS", "NULL")])
    for name in spellings(["params", "param", "tags", "attributes"], ["lr", "a b", "n", "missing"]):
        yield f"{name} != 'zzz'"
    yield from ["params.n = 7", "params.n = '7'", "params.n LIKE 7", "params.word = \"it's\"", "params.word = 'it''s'", "params.word IN ('it\\'s')", "experiment_id = '1'", "experiment_id = 1", "artifact_location LIKE '%m-a%'", "lifecycle_stage = 'active'", "status_message = 'x'", "nothing = 'x'", "dataset.name = 'iris'", "model = 'x'"]
    yield from layouts("name ILIKE 'tree'", "metrics.acc > 0.6")
    yield from joined(["name ILIKE 'TREE'", "metrics.acc > 0.6", "metrics.loss <= 0.1", "params.lr = '0.1'", "params.lr LIKE '0%'", "tags.team != 'x'", "creation_timestamp >= 101", "model_type = 'sklearn'", "attributes.source_run_id = 'a1'", "name IN ('tree', 'net')", "model_id NOT IN ('m-a')"], random, 60)


ORDERS = {
    "runs": [
        [], ["metrics.acc"], ["metrics.acc ASC"], ["metrics.acc DESC"], ["metric.loss desc"], ["metrics.`val loss`"], ["metrics.`val loss` DESC"], ["metrics.\"val loss\" asc"], ["`metrics`.acc"], ["metrics.missing DESC"],
        ["metrics.nan"], ["metrics.a.b DESC"], ["params.lr"], ["params.lr DESC"], ["param.`a b` desc"], ["tags.team"], ["tags.team DESC"], ["tags.`mlflow.source.name` DESC"], ["start_time"], ["start_time DESC"], ["attributes.start_time ASC"],
        ["created DESC"], ["Created"], ["end_time"], ["end_time DESC"], ["run_id DESC"], ["run_name"], ["run_name DESC", "start_time"], ["status", "metrics.acc DESC"], ["user_id DESC"], ["user_id", "run_id DESC"], ["artifact_uri DESC"], ["run.status DESC"],
        ["metrics.acc", "metrics.acc DESC"], ["metrics.acc", "metric.acc"], ["start_time", "created"], ["metrics.acc UP"], ["acc"], ["metrics.acc DESC DESC"], ["x.acc"], [""], ["dataset.name"], ["metrics.acc, metrics.loss"], ["metrics.acc\tDESC"], ["metrics.acc  desc"],
        ["  metrics.acc"], ["metrics.acc  "], ["metrics.größe DESC"], ["tags.`emoji` DESC", "metrics.acc"], ["params.Model", "tags.note DESC", "run_id"],
    ],
    "experiments": [[], ["name"], ["name DESC"], ["experiment_id"], ["experiment_id DESC"], ["creation_time"], ["creation_time DESC", "name"], ["last_update_time DESC"], ["attribute.name"], ["tags.team"], ["x"], ["name", "name"], ["attribute.`name` DESC"]],
    "registered-models": [[], ["name"], ["name DESC"], ["timestamp"], ["timestamp DESC"], ["last_updated_timestamp"], ["last_updated_timestamp DESC", "name"], ["creation_timestamp"], ["name", "name"], ["timestamp", "last_updated_timestamp"], ["x"], ["`name` DESC"], ["tags.team"]],
    "model-versions": [[], ["name"], ["name DESC"], ["version_number"], ["version_number DESC"], ["creation_timestamp"], ["last_updated_timestamp DESC"], ["name DESC", "version_number"], ["attribute.name DESC"], ["name", "name DESC"], ["x"], ["run_id"], ["tags.stage"]],
    "logged-models": [
        [], *[[{"field_name": name, "ascending": up}] for name in ["name", "model_id", "model_type", "source_run_id", "creation_timestamp", "creation_time", "last_updated_timestamp", "metrics.acc", "metrics.loss", "metrics.val loss", "metrics.missing", "params.lr", "nothing"] for up in [True, False]],
        [{"field_name": "metrics.acc", "ascending": True, "dataset_name": "iris"}], [{"field_name": "metrics.loss", "ascending": False, "dataset_name": "iris", "dataset_digest": "d1"}], [{"field_name": "metrics.acc", "ascending": True, "dataset_name": "iris", "dataset_digest": "d1"}],
        [{"field_name": "model_type", "ascending": True}, {"field_name": "metrics.acc", "ascending": False}],
    ],
}



def difference(because, *cases, on="sqlite and postgres"):
    """Filters that MLflow accepts and that mean something else here: kind, filter, and the ids here, None for refused."""
    return {"because": because, "on": on, "cases": [list(case) for case in cases]}


LIST_KINDS = [("runs", "run_id", "'a1' 'B2'", "u'a1'"), ("runs", "attributes.run_id", "'c3' 'B2'", "u'c3'"), ("experiments", "experiment_id", "'1' '14'", "u'1'"), ("registered-models", "name", "'alpha' 'beta 100%'", "u'alpha'")]
LIST_KINDS += [("model-versions", "run_id", "'a1' 'B2'", "u'a1'"), ("model-versions", "name", "'alpha' 'greeting'", "u'alpha'")]
TAGGED = {"registered-models": ["greeting", "said no"], "model-versions": ["greeting/1"]}

DIFFERENCES = [
    difference(
        "MLflow takes the space behind the dot for a part of the key, and finds nothing.",
        ("runs", "metrics. acc > 0.5", ["a1", "c3", "e5"]),
        ("runs", "params. lr != 'x'", ["B2", "a1", "c3", "d4"]),
        ("experiments", "tags. team != 'zzz'", [1, 2, 3]),
        ("registered-models", "tags. team != 'zzz'", ["Alpha", "alpha"]),
        ("model-versions", "tags. stage != 'zzz'", ["Alpha/1", "alpha/1", "alpha/2"]),
        ("logged-models", "params. lr != 'zzz'", ["m-a", "m-b"]),
    ),
    difference("MLflow takes no key at all for a space.", ("runs", "metrics. > 0.5", None), ("runs", "params. != 'x'", None), *((kind, "tags. != 'zzz'", None) for kind in ["experiments", "registered-models", "model-versions"])),
    difference("MLflow joins two texts with a forgotten comma into one, as Python does, and finds nothing.", *((kind, f"{name} IN ({two})", None) for kind, name, two, _ in LIST_KINDS)),
    difference("MLflow takes the prefixes of Python's texts in lists.", *((kind, f"{name} IN ({prefixed})", None) for kind, name, _, prefixed in LIST_KINDS)),
    difference("MLflow drops a comparison of the prompt tag with anything but true and false, and every LIKE of it.", *((kind, f"{PROMPT} = 'other'", []) for kind in TAGGED), *((kind, f"{PROMPT} != 'other'", ids) for kind, ids in TAGGED.items()), *((kind, f"{PROMPT} LIKE 'true'", ids[:1]) for kind, ids in TAGGED.items()), *((kind, f"{PROMPT} LIKE '%'", ids) for kind, ids in TAGGED.items())),
    difference("MLflow keeps the quotes of logged models' keys and values, but for backticks around keys and single quotes around values.", *(("logged-models", *case) for case in [('name = "tree"', ["m-a"]), ('tags.team = "Red"', ["m-a"]), ("params.word = \"it's\"", ["m-c"]), ("params.\"lr\" != 'zzz'", ["m-a", "m-b"]), ("params.'lr' != 'zzz'", ["m-a", "m-b"]), ("params.\"a b\" != 'zzz'", ["m-a"]), ("params.'a b' != 'zzz'", ["m-a"]), ("params.\"n\" != 'zzz'", ["m-c"]), ("params.'n' != 'zzz'", ["m-c"]), ("name = `tree`", None)])),
    difference("MLflow compares the states of logged models by their numbers only.", *(("logged-models", *case) for case in [("status = 'READY'", ["m-a", "m-d"]), ("status = 'LOGGED_MODEL_READY'", ["m-a", "m-d"]), ("status != 'READY'", ["m-b", "m-c"]), ("status IN ('READY', 'PENDING')", ["m-a", "m-b", "m-d"])])),
    difference("MLflow takes NaN of logged models for 0.", *(("logged-models", f"metrics.gone {comparison}", []) for comparison in ["= 0", "< 0.5", "< 0.9", "< 1e400", "<= 0", "<= 0.5", "<= 0.9", "<= 1e400", "> -1", ">= 0", ">= -1"]), ("logged-models", "metrics.gone != 0", ["m-d"])),
    difference("MLflow reads Python's underscores in numbers of logged models.", ("logged-models", "metrics.acc > 1_000", None)),
    difference("ILIKE of PostgreSQL folds all letters of its locale, that of SQLite only A to Z; so it is in MLflow.", ("runs", "tags.team ILIKE 'RÉD'", ["c3", "d4"]), ("runs", "tags.team iLike 'RÉD'", ["c3", "d4"]), ("experiments", "name ILIKE 'NAÏVE'", [14]), on="postgres"),
]
