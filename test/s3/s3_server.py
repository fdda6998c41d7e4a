"""A server that speaks S3 (moto), which checks the signature of every request, with a bucket and two users.

Prints what is needed to use it as one line of JSON, and ends when its input does.
"""

import json
import logging
import sys

import boto3
import requests
from moto.server import ThreadedMotoServer

logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
endpoint = f"http://{host}:{port}"

given = {"endpoint_url": endpoint, "region_name": "eu-central-1", "aws_access_key_id": "a", "aws_secret_access_key": "b"}
iam = boto3.client("iam", **given)
everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
users = {}
for name in ["writer", "stranger"]:
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    users[name] = {"accessKeyId": key["AccessKeyId"], "secretAccessKey": key["SecretAccessKey"], "sessionToken": None}
iam.put_user_policy(UserName="writer", PolicyName="everything", PolicyDocument=json.dumps(everything))
boto3.client("s3", **given).create_bucket(
    Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
)
# From here on every request has to be signed by one of them.
requests.post(f"{endpoint}/moto-api/reset-auth", data=b"0", timeout=10).raise_for_status()

print(json.dumps({"endpoint": endpoint, "region": "eu-central-1", "bucket": "artifacts", **users}), flush=True)
sys.stdin.read()
server.stop()
