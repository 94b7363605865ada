#!/usr/bin/env python3
"""moov-io/iso8583's own messages, composites and primitives, and nao1215/iso8583tool's, against what
`cardlab spec import` makes of their specs (tests/vectors/README.md).

    import.py CARDLAB VECTORS

What moov reads, cardlab must read to the same values and write to the same bytes; what moov refuses,
cardlab must refuse. Exceptions are listed below, each with its reason; any other is a failure. Prints
how many were matched."""
import json
import os
import subprocess
import sys
import tempfile

CARDLAB, VECTORS = sys.argv[1], sys.argv[2]
WORK = tempfile.mkdtemp()
failures = []

# Prefixes of encodings, as moov's primitives name them.
ENCODINGS = {"asciiEncoder": "ASCII", "binaryEncoder": "Binary", "bcdEncoder": "BCD",
             "lBCDEncoder": "LBCD"}


PADS = {"leftPadder": "Left", "rightPadder": "Right", "nonePadder": "None"}


def run(arguments, text):
    done = subprocess.run([CARDLAB, *arguments], input=text, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def import_spec(spec, name):
    """The path of our spec; None and the reason when it is refused."""
    path = os.path.join(WORK, name + ".json")
    with open(path, "w") as file:
        json.dump(spec, file)
    code, out, err = run(["spec", "import", "--format", "moov", path], "")
    if code != 0:
        return None, err
    with open(path[:-5] + ".yaml", "w") as file:
        file.write(out)
    return path[:-5] + ".yaml", err


def decode(spec, hex_text):
    """The fields, or None and the fault."""
    code, out, err = run(["decode", "--spec", spec, "--json", "--unmask"], hex_text + "\n")
    return (json.loads(out), "") if code == 0 else (None, err.strip())


def encode(spec, message):
    code, out, err = run(["encode", "--spec", spec], json.dumps(message))
    return out.strip() if code == 0 else err.strip()


def is_same(ours, theirs, skips=False):
    """Padding stays with us and goes with moov; bytes are hex with us; a key may have its zeros. Tags
    that a spec has not are kept by us, and dropped by moov where the spec says so."""
    if "sub" in theirs:
        if not isinstance(ours, dict):
            return False
        mine = {key.lstrip("0").upper() or "0": value for key, value in ours.items()}
        other = {key.lstrip("0").upper() or "0": value for key, value in theirs["sub"].items()}
        return all(is_same(value, other[key], skips) if key in other else skips
                   for key, value in mine.items())
    text, data = theirs.get("str", ""), theirs.get("hex", "")
    if not isinstance(ours, str):
        return False
    return (ours == text or ours.upper() == data.upper() or
            ours.strip("0 ") == text.strip("0 ") or
            ours == bytes.fromhex(data).decode("latin-1"))


def fail(what, *why):
    failures.append(what + ": " + " ".join(str(part) for part in why))


# --- messages and composites ---------------------------------------------------------------------

def wrapped(field):
    """A composite of its own as element 48 of a message."""
    return {"fields": {
        "0": {"type": "String", "length": 4, "enc": "ASCII", "prefix": "ASCII.Fixed"},
        "1": {"type": "Bitmap", "length": 8, "enc": "Binary", "prefix": "Binary.Fixed"},
        "48": field}}


FRONT = "30313030" + "0000000000010000"

# Vectors that are not matched, and why.
REASONS = {
    ("messages", 21): "moov wrote a message without its type",
    # moov makes such a spec, and then can neither write nor read with it.
    ("composites", 42): "sub-fields of 7 bytes in a fixed field of 4",
    ("primitives", 155): "a new line inside a text",
}


def check_case(kind, number, case, spec, hex_text, fields, counts, skips):
    message, fault = decode(spec, hex_text)
    if (kind, number) in REASONS:
        counts["excepted"] += 1
        return
    if case["error"] is not None:
        counts["refused" if message is None else "accepted"] += 1
        if message is not None:
            fail("%s %d" % (kind, number), "moov refuses it:", case["error"]["msg"], message)
        return
    if message is None:
        counts["missed"] += 1
        fail("%s %d" % (kind, number), fault, hex_text)
        return
    ours = dict(message["fields"])
    for key, value in ours.items():
        theirs = fields.get(key)
        if theirs is None or not is_same(value, theirs, skips):
            counts["missed"] += 1
            fail("%s %d" % (kind, number), "field", key, value, theirs)
            return
    again = encode(spec, message)
    if again != hex_text.upper():
        counts["missed"] += 1
        fail("%s %d" % (kind, number), "written otherwise:", again, hex_text)
        return
    counts["matched"] += 1


def check_file(kind, specs, counts):
    made = {}
    for number, line in enumerate(open(os.path.join(VECTORS, "moov", kind + ".jsonl"))):
        case = json.loads(line)
        if not case["spec_importable"] or case["custom_packer"]:
            counts["not importable by moov"] += 1
            continue
        if not case["hex"] or (case["error"] is not None and case["op"].endswith("_pack")):
            counts["nothing to read"] += 1
            continue
        spec = specs[case["spec"]]
        composite = kind == "composites"
        if case["spec"] not in made:
            made[case["spec"]] = import_spec(wrapped(spec["fields"]["1"]) if composite else spec,
                                             kind + case["spec"])
        path, why = made[case["spec"]]
        if path is None and (kind, number) in REASONS:
            counts["excepted"] += 1
            continue
        if path is None:
            counts["missed"] += 1
            fail("%s %d" % (kind, number), "spec", case["spec"], why)
            continue
        data = case["hex"] if case["error"] else case["hex"][:2 * case["n"]] if composite else case["hex"]
        skips = "skipUnknownTLVTags" in json.dumps(spec)
        if composite:
            check_case(kind, number, case, path, FRONT + data, {"48": case["tree"]}, counts, skips)
        else:
            check_case(kind, number, case, path, data, case["fields"], counts, skips)


def count():
    return {name: 0 for name in ("matched", "refused", "accepted", "missed", "excepted",
                                 "nothing to read", "not importable by moov")}


# --- primitives: one field with an encoding and a prefix ------------------------------------------

def is_padded(ours, value, case):
    """Padding is kept with us."""
    pad = case.get("pad_char", "")
    stripped = ours.lstrip(pad) if case.get("pad") == "leftPadder" else ours.rstrip(pad)
    return ours == value or (pad != "" and stripped == value)


def check_primitive(number, case, path, counts):
    text = bytes.fromhex(case["value_hex"]).decode("latin-1")
    value = case["value_hex"].upper() if case["enc"] == "binaryEncoder" else text
    message = {"mti": "0100", "fields": {"48": value}}
    wire = FRONT + case["packed_hex"]
    if case["op"] == "prim_pack":
        ours = encode(path, message)
        good = ours == wire.upper() if case["error"] is None else not ours.startswith(FRONT)
        if not good:
            fail("primitives %d" % number, ours, case)
    elif ("primitives", number) in REASONS:
        counts["excepted"] += 1
        return
    else:
        wire = wire[:len(FRONT) + 2 * case["n"]] if case["error"] is None else wire
        got, why = decode(path, wire)
        good = got is None if case["error"] is not None else (
            got is not None and is_padded(got["fields"].get("48"), value, case))
        if not good:
            fail("primitives %d" % number, got or why, case)
    counts["missed" if not good else "matched" if case["error"] is None else "refused"] += 1


def check_primitives(counts):
    made = {}
    for number, line in enumerate(open(os.path.join(VECTORS, "moov", "primitives.jsonl"))):
        case = json.loads(line)
        key = (case["enc"], case["prefix"], case["length"], case.get("pad"), case.get("pad_char"))
        field = {"type": "Binary" if case["enc"] == "binaryEncoder" else "String",
                 "length": case["length"], "enc": ENCODINGS[case["enc"]], "prefix": case["prefix"]}
        if "pad" in case:
            field["padding"] = {"type": PADS[case["pad"]], "pad": case["pad_char"]}
        if key not in made:
            made[key] = import_spec(wrapped(field), "primitive%d" % number)
        path, why = made[key]
        if path is None:
            counts["missed"] += 1
            fail("primitives %d" % number, why)
        else:
            check_primitive(number, case, path, counts)


# --- whole messages of iso8583tool ----------------------------------------------------------------

def leaves(fields, path=""):
    for key, value in fields.items():
        if isinstance(value, dict):
            yield from leaves(value, path + key + ".")
        else:
            yield path + key, value


def check_tool(counts):
    for folder, spec_name in (("basei", "spec-basei-starter"),
                              ("spec87ascii", "spec-spec87ascii-secondary")):
        spec = json.load(open(os.path.join(VECTORS, "iso8583tool", spec_name + ".json")))
        path, why = import_spec(spec, spec_name)
        base = os.path.join(VECTORS, "iso8583tool", folder)
        for name in sorted(os.listdir(base)):
            if not name.endswith(".hex"):
                continue
            stated = json.load(open(os.path.join(base, name[:-4] + ".json")))
            wire = open(os.path.join(base, name)).read().strip()
            message, fault = decode(path, wire)
            expected = {**stated["fields"], **stated.get("binary_fields", {})}
            got = dict(leaves(message["fields"])) if message else {}
            good = (message is not None and message["mti"] == stated["mti"] and got == expected and
                    encode(path, message) == wire.upper())
            counts["matched" if good else "missed"] += 1
            if not good:
                fail("iso8583tool " + name, fault or {k: (got.get(k), expected.get(k))
                                                      for k in set(got) | set(expected)
                                                      if got.get(k) != expected.get(k)})


def check_all(kind, check):
    counts = count()
    check(counts)
    print(kind + ":", ", ".join("%d %s" % (many, name) for name, many in counts.items() if many))


specs = json.load(open(os.path.join(VECTORS, "moov", "specs.json")))
check_all("messages", lambda counts: check_file("messages", specs, counts))
check_all("composites", lambda counts: check_file("composites", specs, counts))
check_all("primitives", check_primitives)
check_all("iso8583tool", check_tool)
for failure in failures:
    print("FAILED:", failure[:600])
sys.exit(1 if failures else 0)
