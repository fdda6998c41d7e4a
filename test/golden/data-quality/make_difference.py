"""Makes difference.json: pairs of versions of a table with their row-level difference by pandas.

Run with pandas installed: python make_difference.py > difference.json
"""

import json
import math
import random
import sys

import pandas as pd

draw = random.Random(2026)

KINDS = {
    "number": lambda: draw.choice([None, "NaN", "Infinity", 0.0, 1.5, -2.25, 1e300, round(draw.uniform(-9, 9), 3)]),
    "whole": lambda: draw.choice([None, 0, 1, -5, 2**40, draw.randint(-100, 100)]),
    "text": lambda: draw.choice([None, "", "null", "ä", "a'b", 'q"q', draw.choice("xyz") * 3]),
    "truth": lambda: draw.choice([None, True, False]),
}


def new_row(key_kinds, value_kinds):
    keys = [draw.choice([None, *range(12)]) if kind == "whole" else draw.choice([None, *"abcdefg"]) for kind in key_kinds]
    # Mostly there, so that most rows can be matched.
    keys = [draw.randint(0, 40) if key is None and kind == "whole" and draw.random() < 0.8 else key for key, kind in zip(keys, key_kinds)]
    return keys + [KINDS[kind]() for kind in value_kinds]


def next_version(rows, key_kinds, value_kinds):
    out = []
    for row in rows:
        if draw.random() < 0.15:
            continue
        row = list(row)
        for at in range(len(key_kinds), len(row)):
            if draw.random() < 0.2:
                row[at] = KINDS[value_kinds[at - len(key_kinds)]]()
        out.append(row)
        if draw.random() < 0.05:
            out.append(list(row))
    out += [new_row(key_kinds, value_kinds) for _ in range(draw.randint(0, 6))]
    draw.shuffle(out)
    return out


def number(value):
    return {"NaN": math.nan, "Infinity": math.inf}.get(value, value) if isinstance(value, str) else value


def differs(kind, one, other):
    if kind not in ("number", "whole") or one is None or other is None:
        return not (one == other and type(one) is type(other))
    one, other = number(one), number(other)
    return not (one == other or (math.isnan(one) and math.isnan(other)))


def by_key(case):
    keys, names, kinds = case["key"], case["columns"], case["kinds"]
    frames, unmatched, usable = [], [], []
    for rows in (case["reference"], case["current"]):
        frames.append(pd.DataFrame([[*row, at] for at, row in enumerate(rows)], columns=[*names, "__at"], dtype=object))
    there = [frame[frame[keys].notna().all(axis=1)] for frame in frames]
    repeated = pd.concat([part.loc[part.duplicated(keys, keep=False), keys] for part in there]).drop_duplicates()
    for frame, part in zip(frames, there):
        left = part.merge(repeated.assign(__again=True), on=keys, how="left")
        matched = left[left["__again"].isna()]
        usable.append(matched.drop(columns="__again"))
        unmatched.append({"keyMissing": len(frame) - len(part), "keyRepeated": len(part) - len(matched)})
    both = usable[0].merge(usable[1], on=keys, how="outer", suffixes=("_was", "_is"), indicator=True)
    pairs = both[both["_merge"] == "both"]
    columns, changed = [], set()
    for name, kind in zip(names, kinds):
        if name in keys:
            continue
        found = {"name": name, "changed": 0, "emptied": 0, "filled": 0, "largestChange": None}
        for at_was, at_is in zip(pairs["__at_was"], pairs["__at_is"]):
            column = names.index(name)
            was, now = case["reference"][at_was][column], case["current"][at_is][column]
            if not differs(kind, was, now):
                continue
            changed.add(at_was)
            found["changed"] += 1
            found["emptied"] += now is None
            found["filled"] += was is None
            if kind in ("number", "whole") and was is not None and now is not None:
                size = abs(float(number(now)) - float(number(was)))
                if math.isfinite(float(number(now))) and math.isfinite(float(number(was))):
                    found["largestChange"] = max(size, found["largestChange"] or 0.0)
        columns.append(found)
    return {
        "added": int((both["_merge"] == "right_only").sum()),
        "removed": int((both["_merge"] == "left_only").sum()),
        "changed": len(changed),
        "unchanged": len(pairs) - len(changed),
        "unmatched": {"reference": unmatched[0], "current": unmatched[1]},
        "columns": columns,
    }


def whole(case):
    counts = [pd.Series([json.dumps(row) for row in case[side]], dtype=object).value_counts() for side in ("reference", "current")]
    more = counts[1].sub(counts[0], fill_value=0)
    return {"added": int(more.clip(lower=0).sum()), "removed": int((-more).clip(lower=0).sum())}


cases = []
for number_of_case in range(40):
    key_kinds = draw.choice([["whole"], ["text"], ["whole", "text"]])
    value_kinds = [draw.choice(list(KINDS)) for _ in range(draw.randint(1, 5))]
    rows = [new_row(key_kinds, value_kinds) for _ in range(draw.choice([0, 1, 12, 40]))]
    case = {
        "key": [f"k{at}" for at in range(len(key_kinds))],
        "columns": [f"k{at}" for at in range(len(key_kinds))] + [f"v{at}" for at in range(len(value_kinds))],
        "kinds": [*key_kinds, *value_kinds],
        "reference": rows,
        "current": next_version(rows, key_kinds, value_kinds),
    }
    cases.append({**case, "byKey": by_key(case), "whole": whole(case)})

json.dump({"pandas": pd.__version__, "cases": cases}, sys.stdout, ensure_ascii=False, separators=(",", ":"))
sys.stdout.write("\n")
