"""Makes model-signing.json: signatures that released versions of the reference tool made with a key, and what they sign.

The signatures are those of github.com/sigstore/model-transparency, scripts/tests/v*-elliptic-key/model.sig (Apache-2.0), of
versions 0.3.1, 1.0.0 and 1.0.1 of a file or folder, and 1.1.0 with its key known by a hint alone. The public key stands in
the older ones. Every one must be accepted by model_signing 1.1.1, with the files beside it.
Run with model_signing installed: python make_model_signing.py TESTS > model-signing.json
"""

import base64
import contextlib
import json
import pathlib
import sys
import tempfile

from model_signing import hashing, verifying

tests = pathlib.Path(sys.argv[1])
versions = ["v0.3.1", "v1.0.0", "v1.0.1", "v1.1.0"]
# Those of single files call the file by `.`.
single = {"v0.3.1", "v1.0.0"}


def case(version):
    folder = tests / f"{version}-elliptic-key"
    names = ["signme-1"] if version in single else ["signme-1", "signme-2"]
    return {
        "version": version[1:],
        "isSingleFile": version in single,
        "files": {name: (folder / name).read_text(encoding="utf-8") for name in names},
        "signature": (folder / "model.sig").read_text(encoding="utf-8").strip(),
    }


def check(one, key):
    with tempfile.TemporaryDirectory() as made:
        folder = pathlib.Path(made)
        for name, text in one["files"].items():
            (folder / name).write_text(text, encoding="utf-8")
        (folder / "model.sig").write_text(one["signature"], encoding="utf-8")
        (folder / "key.pub").write_text(key, encoding="utf-8")
        model = folder / "signme-1" if one["isSingleFile"] else folder
        ignored = hashing.Config().set_ignored_paths(paths=["model.sig", "key.pub"])
        config = verifying.Config().use_elliptic_key_verifier(public_key=folder / "key.pub")
        config.set_hashing_config(ignored).verify(model, folder / "model.sig")


cases = [case(version) for version in versions]
material = json.loads(cases[0]["signature"])["verificationMaterial"]["publicKey"]
public_key = base64.b64decode(material["rawBytes"]).decode("ascii")
with contextlib.redirect_stdout(sys.stderr):  # the library prints what it thinks of older ones
    for one in cases:
        check(one, public_key)
json.dump(
    {
        "source": "sigstore/model-transparency: scripts/tests/v*-elliptic-key (Apache-2.0); each accepted by model_signing 1.1.1",
        "publicKey": public_key,
        "cases": cases,
    },
    sys.stdout,
    indent=1,
)
sys.stdout.write("\n")
