"""A server that speaks S3 (OpenStack Swift), with two users: everything once, in a folder that goes when it ends.

It checks the signature of every request, the region in it, the clock, and the digest of what is sent. Prints what is
needed to use it as one line of JSON, and ends when its input does.
"""

import getpass
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import requests

root = tempfile.mkdtemp(prefix="swift-")
programs = os.path.dirname(sys.executable)
region = "eu-central-1"
users = {
    name: {"accessKeyId": f"test:{name}", "secretAccessKey": f"secret-of-{name}", "sessionToken": None}
    for name in ["writer", "stranger"]
}
names = ["account", "container", "object", "proxy"]
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in names]
ports = dict(zip(names, [one.getsockname()[1] for one in sockets]))
for one in sockets:
    one.close()


def write(name: str, text: str) -> str:
    path = os.path.join(root, name)
    with open(path, "w") as file:
        file.write(text)
    return path


def common(name: str) -> str:
    return f"""[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {ports[name]}
user = {getpass.getuser()}
swift_dir = {root}
devices = {root}/nodes
mount_check = false
workers = 0
log_level = ERROR
log_address = {root}/no-syslog
"""


write("swift.conf", "[swift-hash]\nswift_hash_path_suffix = tests\n[storage-policy:0]\nname = one\ndefault = yes\n")
os.makedirs(f"{root}/nodes/disk")
for name in ["account", "container", "object"]:
    builder = f"{root}/{name}.builder"
    ring = [f"{programs}/swift-ring-builder", builder]
    for step in [["create", "4", "1", "0"], ["add", f"r1z1-127.0.0.1:{ports[name]}/disk", "1"], ["rebalance"]]:
        subprocess.run([*ring, *step], check=True, stdout=subprocess.DEVNULL)
    write(f"{name}.conf", f"{common(name)}[pipeline:main]\npipeline = {name}-server\n[app:{name}-server]\nuse = egg:swift#{name}\nreplication_server = false\n")
write(
    "proxy.conf",
    f"""{common("proxy")}[pipeline:main]
pipeline = catch_errors listing_formats cache s3api tempauth copy bulk slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:cache]
use = egg:swift#memcache
[filter:s3api]
use = egg:swift#s3api
location = {region}
force_swift_request_proxy_log = false
min_segment_size = 5242880
[filter:tempauth]
use = egg:swift#tempauth
user_test_writer = {users['writer']['secretAccessKey']} .admin
user_test_stranger = {users['stranger']['secretAccessKey']}
[filter:copy]
use = egg:swift#copy
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
""",
)

endpoint = f"http://127.0.0.1:{ports['proxy']}"

with open(f"{root}/log", "wb") as log:
    servers = [
        subprocess.Popen([f"{programs}/swift-{name}-server", f"{root}/{name}.conf"], stdout=log, stderr=log)
        for name in names
    ]
try:
    for _ in range(600):
        try:
            requests.get(f"{endpoint}/", timeout=10)
            break
        except requests.ConnectionError:
            time.sleep(0.1)
    print(json.dumps({"endpoint": endpoint, "region": region, "bucket": "artifacts", **users}), flush=True)
    sys.stdin.read()
finally:
    for server in servers:
        server.terminate()
    for server in servers:
        server.wait()
    shutil.rmtree(root, ignore_errors=True)
