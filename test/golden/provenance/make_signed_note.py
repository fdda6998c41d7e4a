"""Makes signed-note.json: the note with two signatures that golang.org/x/mod/sumdb/note documents and tests.

Keys, note and what is refused: golang.org/x/mod, sumdb/note/note.go, example_test.go and note_test.go (BSD-3-Clause).
The Python package cryptography checks each value before it is written: that a key's id is that of its name and bytes, and
that the signatures are those of the published secret keys. The second secret key is 32 zero bytes in the Go example.
Run with cryptography installed: python make_signed_note.py > signed-note.json
"""

import base64
import hashlib
import json
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
peter_secret = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
signers = [
    {
        "name": "PeterNeumann",
        "key": "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "seed": base64.b64decode(peter_secret.split("+", 4)[4])[1:].hex(),
        "line": "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n",
    },
    {
        "name": "EnochRoot",
        "key": "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop",
        "seed": bytes(32).hex(),
        "line": "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n",
    },
]


def check(signer):
    secret = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(signer["seed"]))
    material = b"\x01" + secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    identity = hashlib.sha256(signer["name"].encode() + b"\n" + material).digest()[:4]
    key = f"{signer['name']}+{identity.hex()}+{base64.b64encode(material).decode()}"
    line = f"— {signer['name']} {base64.b64encode(identity + secret.sign(text.encode())).decode()}\n"
    if (key, line) != (signer["key"], signer["line"]):
        raise SystemExit(f"{signer['name']}: cryptography makes {key!r} and {line!r}")


for one in signers:
    check(one)
peter = signers[0]["line"]
json.dump(
    {
        "source": "golang.org/x/mod: sumdb/note/note.go, example_test.go, note_test.go (BSD-3-Clause); "
        "checked with the Python package cryptography",
        "text": text,
        "signers": signers,
        "badNotes": [
            text,
            text + "\n",
            text + "\n" + peter[:-1],
            "\x01" + text + "\n" + peter,
            text + "\n" + peter.replace("PeterNeumann", "Bad Name"),
            text + "\n" + peter + "Unexpected line.\n",
        ],
        "badKeys": [
            "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
            "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        ],
    },
    sys.stdout,
    indent=1,
)
sys.stdout.write("\n")
