"""Signatures and links as botocore makes them, for requests drawn at random: keys with any characters, spaces, plus signs,
empty values and repeated names in the query, headers with spaces, session tokens.

    pip install botocore==1.44.5
    python make_signatures.py > signatures-botocore.json
"""

import datetime
import json
import random
import sys
from urllib.parse import quote

import botocore
import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

random.seed(20261122)
pieces = ["a", "Z", "0", "-", "_", ".", "~", " ", "+", "&", "=", "?", "#", "%", "%2F", "*", "'", "(", ")", "!", "$", ",", ";", ":", "@", "ü", "漢", "😀", "\u0301", "[", "]", "|", "\\", "\""]


def text(most):
    return "".join(random.choice(pieces) for _ in range(random.randint(0, most)))


def draw(count):
    for _ in range(count):
        key = "/".join(text(6) or "k" for _ in range(random.randint(1, 4)))
        query = [(text(5) or "q", text(6)) for _ in range(random.randint(0, 4))]
        token = random.choice([None, "token/+" + "".join(random.choices("abcXYZ019+/=", k=40))])
        region = random.choice(["us-east-1", "eu-central-1", "cn-north-1", "auto"])
        secret = "".join(random.choices("abcXYZ019+/", k=40))
        access = "AKIA" + "".join(random.choices("ABCDEFGH234567", k=16))
        at = datetime.datetime(2020 + random.randint(0, 9), random.randint(1, 12), random.randint(1, 28), random.randint(0, 23), random.randint(0, 59), random.randint(0, 59), tzinfo=datetime.timezone.utc)
        headers = {"host": random.choice(["bucket.s3.amazonaws.com", "127.0.0.1:9000"])}
        if random.random() < 0.4:
            headers["x-amz-meta-note"] = random.choice(["  two   spaces ", "plain", "a\tb"])
        if random.random() < 0.4:
            headers["range"] = "bytes=0-99"
        method = random.choice(["GET", "PUT", "POST", "DELETE", "HEAD"])
        yield dict(key=key, query=query, token=token, region=region, secret=secret, access=access, at=at, headers=headers, method=method)


def sign(case, signer, headers):
    botocore.auth.get_current_datetime = lambda *_, **__: case["at"].replace(tzinfo=None)
    url = f"https://{case['headers']['host']}/{quote(case['key'], safe='/-._~')}"
    if case["query"]:
        url += "?" + "&".join(f"{quote(n, safe='-._~')}={quote(v, safe='-._~')}" for n, v in case["query"])
    request = AWSRequest(method=case["method"], url=url, headers=headers)
    signer(Credentials(case["access"], case["secret"], case["token"]), "s3", case["region"]).add_auth(request)
    return request


def facts(case):
    return {
        "method": case["method"],
        "key": case["key"],
        "query": case["query"],
        "headers": case["headers"],
        "region": case["region"],
        "at": case["at"].isoformat().replace("+00:00", "Z"),
        "credentials": {"accessKeyId": case["access"], "secretAccessKey": case["secret"], "sessionToken": case["token"]},
    }


signed = []
for case in draw(80):
    payload = "".join(random.choices("0123456789abcdef", k=64))
    request = sign(case, botocore.auth.S3SigV4Auth, {**case["headers"], "X-Amz-Content-SHA256": payload})
    # botocore replaces what is said of the payload by what it finds: the hash of an empty body.
    signed.append({**facts(case), "payloadHash": request.headers["X-Amz-Content-SHA256"], "authorization": request.headers["Authorization"]})

links = []
for case in draw(40):
    case["method"] = "GET"
    # Of a name that is repeated botocore keeps the first value in links.
    case["query"] = list(dict(case["query"]).items())
    case["headers"] = {"host": case["headers"]["host"]}
    expires = random.choice([1, 900, 604800])

    def signer(credentials, service, region):
        return botocore.auth.S3SigV4QueryAuth(credentials, service, region, expires=expires)

    request = sign(case, signer, {})
    links.append({**facts(case), "expiresInS": expires, "url": request.url})

json.dump({"botocore": botocore.__version__, "signed": signed, "links": links}, sys.stdout, ensure_ascii=True, indent=1)
print()
