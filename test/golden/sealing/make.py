"""Writes vectors.json: sealed bytes made by an independent implementation of the format in sealed-format.ts.

Needs the package `cryptography`. Usage: python make.py > vectors.json
"""

import base64
import hashlib
import hmac
import json

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CHUNK_BITS = 16


def mac(key, *parts):
    state = hmac.new(key, digestmod=hashlib.sha256)
    for part in parts:
        state.update(part)
    return state.digest()


def seal(key, content, project, part, context):
    key_id = hashlib.sha256(b"mlspec sealing key id\0" + key).digest()[:16]
    names = json.dumps(
        {"context": context, "part": part, "project": project},
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )
    binding = mac(key, b"mlspec seal binding v1\0", names.encode())[:16]
    length = len(content).to_bytes(8, "big")
    content_id = mac(key, b"mlspec seal content v1\0", binding, length, hashlib.sha256(content).digest())
    header = b"MLSEALED" + bytes([1, CHUNK_BITS, 0, 0]) + key_id + binding + content_id + length
    file_key = HKDF(hashes.SHA256(), 32, salt=content_id, info=b"mlspec sealed file v1").derive(key)
    cipher = AESGCM(file_key)
    size = 1 << CHUNK_BITS
    chunks = [content[at : at + size] for at in range(0, len(content), size)] or [b""]
    sealed = header
    for index, chunk in enumerate(chunks):
        last = index == len(chunks) - 1
        nonce = bytes(7) + index.to_bytes(4, "big") + bytes([last])
        sealed += cipher.encrypt(nonce, chunk, header)
    return sealed


def vector(name, key, content, project, part, context):
    sealed = seal(key, content, project, part, context)
    return {
        "name": name,
        "key": base64.b64encode(key).decode(),
        "repeated": "row,",
        "contentBytes": len(content),
        "binding": {"project": project, "part": part, "context": context},
        "sealedSha256": hashlib.sha256(sealed).hexdigest(),
        "sealed": base64.b64encode(sealed).decode() if len(sealed) < 1000 else None,
    }


def text(count):
    return (b"row," * (count // 4 + 1))[:count]


KEY = bytes(range(32))
OTHER = hashlib.sha256(b"another key").digest()
print(
    json.dumps(
        [
            vector("empty", KEY, text(0), "flights", "test", {}),
            vector("short", KEY, text(21), "flights", "test", {}),
            vector("other part", KEY, text(21), "flights", "holdback", {}),
            vector("context", KEY, text(21), "flüge", "test", {"model": "sha256:00", "gate": "promotion"}),
            vector("other key", OTHER, text(21), "flights", "test", {}),
            vector("one chunk", KEY, text(1 << 16), "flights", "test", {}),
            vector("one byte more", KEY, text((1 << 16) + 1), "flights", "test", {}),
            vector("many chunks", KEY, text(40 * (1 << 16) + 5), "flights", "test", {}),
        ],
        indent=1,
        ensure_ascii=False,
    )
)
