"""How a request of the golden test is written down."""
import json

NAMES = "/api/2.0/mlflow/"


def case(method, path, **given):
    """A request. Given are: query (list of pairs), body (a value for JSON), text (a body as it is), headers, keep
    (symbols for parts of the answer, by path)."""
    full = path if path.startswith("/") else NAMES + path
    if not is_plain(given.get("body")):
        given["text"] = json.dumps(given.pop("body"))
    return {"request": f"{method} {full}", **{name: value for name, value in given.items() if value is not None}}


def is_plain(value):
    """Whether every number reads the same everywhere: no integer beyond 2^53, no double without a fraction."""
    if isinstance(value, (dict, list)):
        return all(is_plain(one) for one in (value.values() if isinstance(value, dict) else value))
    if isinstance(value, float):
        return not value.is_integer()
    return not isinstance(value, int) or abs(value) < 2**53


def post(path, body=None, **given):
    return case("POST", path, body=body, **given)


def get(path, *query, **given):
    return case("GET", path, query=[list(pair) for pair in query], **given)


WRONG = {"error_code": "INVALID_PARAMETER_VALUE"}


def ours(reason, request, status=None, answer=None):
    """Our answer is another one: with another status, another answer; words of errors do not count."""
    given = {"status": status, "answer": answer}
    return {**request, "ours": {"reason": reason, **{name: value for name, value in given.items() if value is not None}}}


def we_refuse(reason, *requests):
    """The other server takes these, and we do not."""
    return [ours(reason, one, 400, WRONG) for one in requests]


def we_reword(reason, *requests):
    """Refused by both, in other words."""
    return [ours(reason, one, 400, WRONG) for one in requests]


def we_take(reason, *requests):
    """The other server refuses these, and we do not."""
    return [ours(reason, one, 200) for one in requests]


def repeated(count, item):
    """A list of so many items, in which ${i} is the number of each."""
    return {"$repeat": count, "$of": item}
