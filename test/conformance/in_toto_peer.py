"""Answers requests with securesystemslib and in-toto: a JSON array on standard input, one of answers on standard output.

A public key comes and goes as {"keyId", "publicKey"}, the latter in PEM. A refusal is {"refused": NAME OF THE EXCEPTION}.
"""

import base64
import json
import os
import sys

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from in_toto.models.layout import Layout, Step
from in_toto.models.link import Link
from in_toto.models.metadata import Envelope as ChainEnvelope
from in_toto.models.metadata import Metablock, Metadata
from in_toto.verifylib import in_toto_verify
from securesystemslib.dsse import Envelope
from securesystemslib.signer import CryptoSigner, SSlibKey

makers = {
    "ecdsa-p256-sha256": lambda: CryptoSigner.generate_ecdsa(scheme="ecdsa-sha2-nistp256"),
    "ecdsa-p384-sha384": lambda: CryptoSigner.generate_ecdsa(scheme="ecdsa-sha2-nistp384"),
    "ecdsa-p521-sha512": lambda: CryptoSigner.generate_ecdsa(scheme="ecdsa-sha2-nistp521"),
    "ed25519": CryptoSigner.generate_ed25519,
}


def key_of(told):
    """Their key, under our id."""
    return SSlibKey.from_crypto(load_pem_public_key(told["publicKey"].encode()), told["keyId"])


def pem_of(signer):
    public = signer._private_key.public_key()  # the library has no other way to its PEM for every kind
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def described(signer):
    return {"keyId": signer.public_key.keyid, "publicKey": pem_of(signer)}


def as_dict(key):
    return {"keyid": key.keyid, **key.to_dict()}


def verify(request):
    envelope = Envelope.from_dict(request["envelope"])
    accepted = envelope.verify([key_of(key) for key in request["keys"]], request["threshold"])
    return {"accepted": sorted(accepted), "body": base64.b64encode(envelope.payload).decode()}


def sign(request):
    envelope = Envelope(base64.b64decode(request["body"]), request["payloadType"], {})
    signers = [makers[algorithm]() for algorithm in request["algorithms"]]
    for signer in signers:
        envelope.sign(signer)
    return {"envelope": envelope.to_dict(), "keys": [described(signer) for signer in signers]}


def key_dicts(request):
    """Keys as layouts write them, by id."""
    return {key["keyId"]: as_dict(key_of(key)) for key in request["keys"]}


def verify_chain(request):
    """The whole of in-toto: the layout, its links, thresholds and rules of artifacts."""
    layout = Metadata.load(os.path.join(request["folder"], "root.layout"))
    in_toto_verify(layout, key_dicts(request), link_dir_path=request["folder"])
    return {"payload": type(layout.get_payload()).__name__}


def verify_payload(request):
    """An envelope as in-toto reads it: signature, then what it holds."""
    envelope = Metadata.from_dict(request["envelope"])
    for key in key_dicts(request).values():
        envelope.verify_signature(key)
    return {"payload": type(envelope.get_payload()).__name__}


def make_chain(request):
    """A layout of one step that two of two have to carry out, and its links; as envelopes, or in the form before them."""
    folder = request["folder"]
    owner, *functionaries = [makers[algorithm]() for algorithm in request["algorithms"]]
    keys = {signer.public_key.keyid: as_dict(signer.public_key) for signer in functionaries}
    rules = [["CREATE", "model"], ["DISALLOW", "*"]]
    step = Step(name="train", threshold=len(keys), pubkeys=list(keys), expected_products=rules)
    layout = Layout(steps=[step], keys=keys)
    link = Link(name="train", products={"model": {"sha256": "ab" * 32}})
    wrap = ChainEnvelope.from_signable if request["form"] == "envelope" else lambda signed: Metablock(signed=signed)
    written = [("root.layout", layout, owner)]
    written += [(f"train.{signer.public_key.keyid:.8}.link", link, signer) for signer in functionaries]
    for name, signed, signer in written:
        metadata = wrap(signed)
        metadata.create_signature(signer)
        metadata.dump(os.path.join(folder, name))
    return {"keys": [described(owner)], "functionaries": [described(signer) for signer in functionaries]}


answers = {
    "verify": verify,
    "sign": sign,
    "verify-chain": verify_chain,
    "verify-payload": verify_payload,
    "make-chain": make_chain,
}


def answer(request):
    try:
        return answers[request["do"]](request)
    except Exception as error:  # every refusal is an answer
        return {"refused": type(error).__name__}


json.dump([answer(request) for request in json.load(sys.stdin)], sys.stdout)
