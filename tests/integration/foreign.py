#!/usr/bin/env python3
"""A member's host that is not ours: signs on to the switch, and answers as it is told.

    foreign.py CARDLAB HOST:PORT ID RULE...

A RULE is MTI/PROCESS=CODE, as 0420/46=12, or =silent: no answer. What no rule names is answered 00.
Totals (0520/--) are answered as in balance, or with =out as out of balance, a credit of 1.00 more.
Prints a line a message; ends when the link does, or after a minute. Without MACs."""
import json
import socket
import subprocess
import sys

SECONDS = 60
cardlab, address, identity = sys.argv[1:4]
rules = dict(rule.split("=") for rule in sys.argv[4:])
header = {"header_length": "2E", "flag_version": "82", "total_length": "0000",
          "destination": "00010000   ", "source": identity, "reserved": "000000", "batch": "00",
          "transaction_information": "00000000", "user_information": "00", "reject_code": "00000"}


def frame_of(message):
    run = [cardlab, "encode", "--framing", "length4-ascii"]
    return subprocess.run(run, input=json.dumps(message).encode(), stdout=subprocess.PIPE,
                          check=True).stdout


def message_of(frame):
    run = [cardlab, "decode", "--framing", "length4-ascii", "--json", "--unmask", "-"]
    return json.loads(subprocess.run(run, input=frame, stdout=subprocess.PIPE, check=True).stdout)


def receive(link, size):
    data = b""
    while len(data) < size:
        some = link.recv(size - len(data))
        if not some:
            sys.exit(0)
        data += some
    return data


def totals(fields, differ):
    own = {de: value for de, value in fields.items() if not 74 <= int(de) <= 97 and de != "128"}
    if not differ:
        return {**own, "66": "1"}
    credits = int(fields["86"]) + 100
    net = credits - int(fields["87"]) - int(fields["88"]) + int(fields["89"])
    return {**fields, "66": "2", "74": f"{int(fields['74']) + 1:010}", "86": f"{credits:016}",
            "97": f"{'D' if net < 0 else 'C'}{abs(net):016}"}


def answer(message):
    """None: not to be answered."""
    fields, mti = message["fields"], message["mti"]
    if mti[2] not in "02":
        return None
    process = fields.get("3", fields.get("70", "--"))
    code = rules.get(f"{mti}/{process[:2]}", "00")
    print(mti, process, fields.get("11"), code, flush=True)
    if code == "silent":
        return None
    if mti == "0520" and code in ("00", "out"):
        fields = totals(fields, code == "out")
        code = "00"
    return {"header": header, "mti": mti[:2] + str(int(mti[2]) + 1) + mti[3],
            "fields": {**fields, "39": code}}


def main():
    host, port = address.split(":")
    link = socket.create_connection((host, int(port)), SECONDS)
    link.sendall(frame_of({"header": header, "mti": "0820",
                           "fields": {"7": "1231120000", "11": "000001", "33": identity, "70": "001"}}))
    while True:
        length = receive(link, 4)
        if int(length) == 0:
            continue
        reply = answer(message_of(length + receive(link, int(length))))
        if reply is not None:
            link.sendall(frame_of(reply))


main()
