"""Makes jcs.json: pairs of JSON texts and their canonical form, and numbers by their bits.

The pairs are the six of github.com/cyberphone/json-canonicalization, testdata/input and testdata/output (Apache-2.0);
the numbers are those of RFC 8785, appendix B. Every expected text, the published ones too, must be what the Python
package rfc8785 0.1.4 (Apache-2.0) makes of its input, an implementation of its own.
Run with rfc8785 installed: python make_jcs.py TESTDATA > jcs.json
"""

import json
import pathlib
import struct
import sys

import rfc8785

testdata = pathlib.Path(sys.argv[1])
names = ["arrays", "french", "structures", "unicode", "values", "weird"]
bits = """
0000000000000000 8000000000000000 0000000000000001 8000000000000001 7fefffffffffffff ffefffffffffffff
4340000000000000 c340000000000000 4430000000000000 44b52d02c7e14af5 44b52d02c7e14af6 44b52d02c7e14af7
444b1ae4d6e2ef4e 444b1ae4d6e2ef4f 444b1ae4d6e2ef50 3eb0c6f7a0b5ed8c 3eb0c6f7a0b5ed8d 41b3de4355555553
41b3de4355555554 41b3de4355555555 41b3de4355555556 41b3de4355555557 becbf647612f3696 43143ff3c1cb0959
""".split()


def pair(name):
    given = (testdata / "input" / f"{name}.json").read_text(encoding="utf-8")
    expected = (testdata / "output" / f"{name}.json").read_text(encoding="utf-8")
    made = rfc8785.dumps(json.loads(given)).decode("utf-8")
    if made != expected:
        raise SystemExit(f"{name}: the published form is {expected!r}, rfc8785 makes {made!r}")
    return {"name": name, "input": given, "output": expected}


def number(hexadecimal):
    (value,) = struct.unpack(">d", bytes.fromhex(hexadecimal))
    return [hexadecimal, rfc8785.dumps(value).decode("ascii")]


json.dump(
    {
        "source": "cyberphone/json-canonicalization: testdata/input, testdata/output (Apache-2.0); "
        "bits of the numbers: RFC 8785, appendix B; made and checked with rfc8785 0.1.4 (Apache-2.0)",
        "pairs": [pair(name) for name in names],
        "numbers": [number(one) for one in bits],
        "notNumbers": ["7fffffffffffffff", "7ff0000000000000", "fff0000000000000"],
    },
    sys.stdout,
    indent=1,
)
sys.stdout.write("\n")
