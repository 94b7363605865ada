#!/usr/bin/env python3
"""What a captured day says, read by somebody else than cardlab: checks for wire.test.

    wire.py split SEGMENTS LAB FOLDER     tshark's TCP segments -> one file a direction of a link
    wire.py check LAB SUMMARY FOLDER      frames, headers, answers, elements, MACs, money
    wire.py dump FOLDER                   bodies with a 2-byte length, for text2pcap
    wire.py compare FOLDER ROWS           cardlab's elements against those of tshark's dissector

A direction is FOLDER/MEMBER.to (to the switch) or MEMBER.from, and beside it .json, what
`cardlab decode --framing length4-ascii --json --unmask` printed of it. Prints a line a check and
exits 1 when one failed. Source of what is expected: the dialect and protocol pages."""
import collections
import json
import pathlib
import re
import subprocess
import sys

HEADER = 46
failed = False


def check(name, wrong):
    """`wrong`: a list of what is wrong; empty is good."""
    global failed
    print(f"{'NOT OK' if wrong else 'ok'}: {name}")
    for one in wrong[:5]:
        print(f"  {one}")
    if len(wrong) > 5:
        print(f"  and {len(wrong) - 5} more")
    failed = failed or bool(wrong)


# --- the lab file of the run: who is at which port, with which key ----------------------------------

Member = collections.namedtuple("Member", "id short role key port")


def read_lab(path):
    text = pathlib.Path(path).read_text()
    switch, members = text.split("institutions:")
    fields = r'id: "(\d+)".*?short: "(\S+)"\s+role: (\w+).*?mac_key: "(\w+)".*?port: (\d+)'
    members = [Member(*found[:4], int(found[4])) for found in re.findall(fields, members, re.S)]
    return re.search(r'id: "(\d+)"', switch).group(1), members


# --- segments -> streams ----------------------------------------------------------------------------


def split(segments, lab, folder):
    _, members = read_lab(lab)
    by_port = {member.port: member for member in members}
    streams = collections.defaultdict(dict)
    for line in open(segments):
        stream, source, target, sequence, payload = line.split()
        to_switch = int(target) in by_port
        member = by_port[int(target if to_switch else source)]
        name = f"{member.short}.{'to' if to_switch else 'from'}"
        streams[stream, name][int(sequence)] = bytes.fromhex(payload)
    holes, files = [], collections.defaultdict(bytes)
    for (stream, name), parts in sorted(streams.items()):
        at = 1  # relative: the SYN was 0
        for sequence, part in sorted(parts.items()):
            if sequence != at:
                holes.append(f"{name}, stream {stream}: expected byte {at}, got {sequence}")
            at = sequence + len(part)
            files[name] += part
    for name, data in files.items():
        (pathlib.Path(folder) / name).write_bytes(data)
    check("every byte of every link was captured", holes)
    check("both directions of every link were captured",
          [member.short for member in members for way in ("to", "from")
           if not files.get(f"{member.short}.{way}")])


# --- streams -> messages ----------------------------------------------------------------------------


class Message:
    def __init__(self, member, to_switch, frame, decoded):
        self.member, self.to_switch, self.decoded = member, to_switch, decoded
        self.header, self.body = frame[4:4 + HEADER], frame[4 + HEADER:]
        self.mti, self.fields = decoded.get("mti", ""), decoded.get("fields", {})

    def __str__(self):
        way = "->" if self.to_switch else "<-"
        return f"{self.member.short} {way} switch {self.mti} STAN {self.fields.get('11')}"

    def is_request(self):
        return self.mti[2] in "02"

    def kind(self):
        return self.mti, self.fields.get("3", self.fields.get("70", ""))[:2]

    def key(self):
        """Of a request and its answers."""
        named = ("7", "11") if self.mti[1] in "58" else ("7", "11", "32", "33", "3")
        return self.mti[:2], self.mti[2] in "23", *(self.fields.get(one) for one in named)

    def reference(self):
        return self.fields.get("48", {}).get("AS", {}).get("HB", {})


def frames_of(data):
    at = 0
    while at < len(data):
        length = int(data[at:at + 4])
        yield at, data[at:at + 4 + length]
        at += 4 + length


def read_messages(lab, folder):
    _, members = read_lab(lab)
    messages, left_over = [], []
    for member in members:
        for way in ("to", "from"):
            path = pathlib.Path(folder) / f"{member.short}.{way}"
            data = path.read_bytes()
            decoded = [json.loads(line) for line in open(f"{path}.json")]
            frames = list(frames_of(data))
            told = [(one["frame"]["offset"], one["frame"]["length"] + 4) for one in decoded]
            if told != [(at, len(frame)) for at, frame in frames] or sum(map(len, (f for _, f in frames))) != len(data):
                left_over.append(f"{path.name}: {len(data)} bytes, {len(frames)} frames, {len(told)} decoded")
            messages += [Message(member, way == "to", frame, one)
                         for (_, frame), one in zip(frames, decoded)]
    return messages, left_over


# --- checks -----------------------------------------------------------------------------------------


def header_faults(message, switch):
    header, ours = message.header, message.decoded["header"]
    ids = (switch, message.member.id) if message.to_switch else (message.member.id, switch)
    named = {"header_length": (0, 1, b"\x2e"), "flag_version": (1, 1, None),
             "total_length": (2, 4, b"%04d" % (HEADER + len(message.body))),
             "destination": (6, 11, ids[0].encode().ljust(11)), "source": (17, 11, ids[1].encode().ljust(11)),
             "reserved": (28, 3, bytes(3)), "batch": (31, 1, bytes(1)),
             "transaction_information": (32, 8, b"00000000"), "user_information": (40, 1, bytes(1)),
             "reject_code": (41, 5, b"00000")}
    for name, (at, size, wanted) in named.items():
        got = header[at:at + size]
        if wanted is not None and got != wanted:
            yield f"{message}: {name}: expected {wanted}, got {got}"
        if ours[name] not in (got.hex().upper(), got.decode("latin-1")):
            yield f"{message}: {name}: {got} on the wire, {ours[name]} decoded"
    if header[1] not in (0x02, 0x82):
        yield f"{message}: flag and version: got {header[1]:02X}"


def check_answers(messages):
    """Each request has its answer, behind it, in the other direction of its link."""
    waiting = collections.Counter()
    for one in messages:
        place = (one.member.short, one.to_switch == one.is_request(), one.key())
        waiting[place] += 1 if one.is_request() else -1
    # Who stops signs off and does not stay for the answer.
    off = {(one.member.short, True, one.key()) for one in messages if one.fields.get("70") == "002"}
    check("each request has its answer, and each answer its request",
          [f"{place}: {count:+d}" for place, count in waiting.items()
           if count != 0 and not (place in off and count == 1)])
    wanted = {"0100/03", "0200/40", "0200/46", "0200/47", "0220/20", "0420/46", "0820/00", "0820/20"}
    seen = {"/".join(one.kind()) for one in messages if one.is_request()}
    check("every kind of message of a day was seen: " + ", ".join(sorted(seen)), sorted(wanted - seen))


COMMON = "2 3 4 7 11 12 13 18 22 25 32 33 37 41 42 48 49"
# MTI and the first two digits of DE 3; what it carries; which of DE 102, 103 is its DE 2.
CARRIES = {
    ("0100", "03"): (COMMON + " 102", "102"), ("0200", "40"): (COMMON + " 90 103", "103"),
    ("0200", "46"): (COMMON + " 15 90 102 103", "102"), ("0200", "47"): (COMMON + " 15 90 102 103", "103"),
    ("0220", "20"): (COMMON + " 90", None), ("0420", "46"): (COMMON + " 15 60 90", None),
    ("0520", ""): ("7 11 15 33 50 74 75 76 77 86 87 88 89 97 100", None),
}


def element_faults(message):
    fields = message.fields
    carried, card = CARRIES.get(message.kind() if message.is_request() else None, ("", None))
    missing = set(carried.split()) - set(fields)
    if missing:
        yield f"{message}: without DE {', '.join(sorted(missing, key=int))}"
    if card and fields.get("2") != fields.get(card):
        yield f"{message}: DE 2 is not DE {card}"
    if message.mti[1] == "8":
        if "128" in fields:
            yield f"{message}: network management has no MAC"
        return
    if not re.fullmatch("[0-9A-F]{8}", fields.get("128", "")):
        yield f"{message}: DE 128 is not eight hex digits"
    if message.mti[1] == "5":
        if fields.get("50", "156") != "156" or (message.mti == "0530" and fields.get("66") != "1"):
            yield f"{message}: DE 50 = {fields.get('50')}, DE 66 = {fields.get('66')}"
        return
    if fields.get("25") != "86" or fields.get("49") != "156":
        yield f"{message}: DE 25 = {fields.get('25')}, DE 49 = {fields.get('49')}"
    if b"ASHB039" + "".join(message.reference().values()).encode() not in message.body:
        yield f"{message}: DE 48 is not AS HB and 39 digits"
    if message.is_request() and message.mti in ("0100", "0220") or message.kind() == ("0200", "40"):
        if message.to_switch and fields.get("33", "").zfill(11) != message.member.id.zfill(11):
            yield f"{message}: DE 33 is not the owner of the link"


def check_legs(messages):
    """Both legs of a claim keep its keys, its DE 37 and its amount, and name its freeze."""
    wrong = []
    freezes = {tuple(list(one.reference().values())[:3]): one for one in messages
               if one.kind() == ("0100", "03") and one.to_switch}
    claims = {tuple(one.fields[de] for de in ("7", "11", "32", "33")): one for one in messages
              if one.kind() == ("0200", "40") and one.to_switch}
    legs = [one for one in messages if one.kind() in (("0200", "46"), ("0200", "47")) and not one.to_switch]
    for leg in legs:
        claim = claims.get(tuple(leg.fields[de] for de in ("7", "11", "32", "33")))
        if claim is None or any(leg.fields[de] != claim.fields[de] for de in ("4", "37", "48", "90", "103")):
            wrong.append(f"{leg}: not as its claim")
    for one in list(claims.values()) + legs:
        freeze = freezes.get(tuple(list(one.reference().values())[:3]))
        named = freeze and "0100" + freeze.fields["11"] + freeze.fields["7"] + \
            freeze.fields["32"].zfill(11) + freeze.fields["33"].zfill(11)
        original = one.fields["90"]
        if (original if isinstance(original, str) else "".join(original.values())) != named:
            wrong.append(f"{one}: DE 90 does not name the freeze of DE 48")
    check(f"{len(legs)} legs have the keys of their claim, and name its freeze", wrong)


def check_money(messages, summary):
    """What went over the wire is what the summary says."""
    def money(mti, code, to_switch, role):
        return [int(one.fields["4"]) for one in messages
                if one.kind() == (mti, code) and one.to_switch == to_switch
                and one.member.role == role and one.fields.get("39", "00") == "00"]
    frozen = money("0110", "03", False, "wallet")
    credits, debits = money("0210", "47", True, "issuer"), money("0210", "46", True, "issuer")
    reversed_debits = money("0430", "46", True, "issuer")
    unfrozen = money("0230", "20", True, "issuer")
    facts = {"packets": (len(frozen), summary["packets"]),
             "frozen_minor": (sum(frozen), summary["frozen_minor"]),
             "credited": (len(credits), summary["credited"]),
             "claimed_minor": (sum(credits), summary["claimed_minor"]),
             "claimed_minor by debits": (sum(debits) - sum(reversed_debits), summary["claimed_minor"]),
             "released": (len(unfrozen), summary["released"]),
             "unfrozen_minor": (sum(unfrozen), summary["unfrozen_minor"])}
    check("the money on the wire is the money of the summary",
          [f"{name}: {wire} on the wire, {told} in the summary" for name, (wire, told) in facts.items() if wire != told])


# DE 15, 48, 49 and the whole of DE 90 are the extension for DE 25 = 86.
MAC_FIELDS = "2 3 4 7 11 15 18 25 28 32 33 38 39 41 42 48 49 90 102 103".split()
TOTALS_MAC_FIELDS = "7 11 66 82 84 86 87 88 89 97".split()
PREFIXED = {"2": 2, "32": 2, "33": 2, "102": 2, "103": 2, "48": 3}


def mac_by_hand(message):
    """The MAC as the dialect page tells it, with openssl's SM4 and nothing of ours."""
    words = [message.mti]
    for number in TOTALS_MAC_FIELDS if message.mti[1] == "5" else MAC_FIELDS:
        value = message.fields.get(number)
        if value is None:
            continue
        if number == "48":
            value = "ASHB039" + "".join(message.reference().values())
        elif isinstance(value, dict):
            value = "".join(value.values())
        if number in PREFIXED:
            value = f"{len(value):0{PREFIXED[number]}d}" + value
        value = re.sub("[^A-Za-z0-9 ,.]", "", value)
        words.append(re.sub(" +", " ", value).strip().upper())
    text = " ".join(word for word in words if word).encode()
    text += bytes(-len(text) % 16)
    sealed = subprocess.run(["openssl", "enc", "-sm4-cbc", "-nopad", "-K", message.member.key, "-iv", "0" * 32],
                            input=text, capture_output=True, check=True).stdout
    return sealed[-16:-12].hex().upper()


def check_macs(messages):
    one_of_each = {}
    for one in messages:
        if "128" in one.fields:
            one_of_each.setdefault((one.kind(), one.to_switch), one)
    check(f"the MACs of {len(one_of_each)} kinds of messages are those that openssl makes by hand",
          [f"{one}: DE 128 = {one.fields['128']}, by hand {mac_by_hand(one)}"
           for one in one_of_each.values() if mac_by_hand(one) != one.fields["128"]])


def check_all(lab, summary, folder):
    switch, _ = read_lab(lab)
    summary = json.load(open(summary))
    messages, left_over = read_messages(lab, folder)
    check(f"all {len(messages)} messages were decoded, and no byte is left over", left_over)
    check("every header is as the dialect says, source and destination swapped in answers",
          [fault for one in messages for fault in header_faults(one, switch)])
    check_answers(messages)
    check("every message carries what its kind carries", [fault for one in messages for fault in element_faults(one)])
    check_legs(messages)
    check_macs(messages)
    check_money(messages, summary)


# --- tshark's own dissector -------------------------------------------------------------------------


def bodies(folder):
    for path in sorted(pathlib.Path(folder).glob("*.json")):
        data = path.with_suffix("").read_bytes()
        for (_, frame), line in zip(frames_of(data), open(path)):
            yield path.stem, frame[4 + HEADER:], json.loads(line)


def dump(folder):
    for _, body, _ in bodies(folder):
        data = len(body).to_bytes(2, "big") + body
        for at in range(0, len(data), 16):
            print(f"{at:06x} {data[at:at + 16].hex(' ')}")


# What tshark shows in another form than the wire has. It takes DE 128 for eight binary bytes, which
# they are; the dialect fills them with the hex digits of four.
def as_tshark(number, value):
    if number == "128":
        return value.encode().hex()
    if number == "48":
        return "ASHB039" + "".join(value["AS"]["HB"].values())
    return "".join(value.values()) if isinstance(value, dict) else value


def compare(folder, rows):
    wrong, elements, count = [], collections.Counter(), 0
    rows = [line.rstrip("\n").split("\t") for line in open(rows)]
    ours = list(bodies(folder))
    check(f"tshark sees the same {len(ours)} messages", [] if len(rows) == len(ours) else [f"it sees {len(rows)}"])
    for (name, _, decoded), row in zip(ours, rows):
        malformed, mti, *bits = row
        theirs = {str(number): value for number, value in enumerate(bits, 2) if value != ""}
        if mti[1:2] == "5":
            # tshark 4.0 takes DE 86 to 89 for 15 digits, and so misreads them and all behind them.
            malformed = ""
            theirs = {number: value for number, value in theirs.items() if int(number) < 86}
            decoded["fields"] = {number: value for number, value in decoded["fields"].items() if int(number) < 86}
        if malformed or mti != decoded["mti"] or set(theirs) != set(decoded["fields"]):
            wrong.append(f"{name}: {mti} {sorted(theirs, key=int)} {malformed}, ours {decoded['mti']} {list(decoded['fields'])}")
            continue
        for number, value in decoded["fields"].items():
            count += 1
            elements[number] += 1
            # Behind the hex digits of binary elements tshark 4.0 prints what lay in its memory.
            shown = theirs[number][:16] if number == "128" else theirs[number]
            if shown.rstrip() != as_tshark(number, value).rstrip():
                wrong.append(f"{name}: {mti} DE {number}: tshark {theirs[number]}, ours {value}")
    seen = " ".join(sorted(elements, key=int))
    check(f"tshark's dissector reads the same {count} elements (DE {seen})", wrong)
    check("it was shown enough of them", [] if len(elements) >= 24 else [seen])


commands = {"split": split, "check": check_all, "dump": dump, "compare": compare}
commands[sys.argv[1]](*sys.argv[2:])
sys.exit(failed)
