#!/usr/bin/env python3
"""One command for each of many packets through a wallet's control socket, some at once, until all
are answered or the wallet hangs up.

    load.py SOCKET send|inquire|expire CARD COUNT NAME [AFTER FILE TEXT]

The packets are "NAME 1" to "NAME COUNT". Prints "PACKET:CODE:STATE" for each that was answered.
After AFTER answers of 00 the file is made, with the text: then something is to break, with the
rest in flight."""
import json
import os
import socket
import sys

UNDER_WAY = 12  # at once


def main():
    path, what, card, count, name = *sys.argv[1:4], int(sys.argv[4]), sys.argv[5]
    after, mark, text = (int(sys.argv[6]), *sys.argv[7:9]) if len(sys.argv) > 6 else (-1, "", "")
    peer = socket.socket(socket.AF_UNIX)
    peer.settimeout(60)
    peer.connect(path)
    members = {"person": "sender", "card": card, "amount_minor": 10, "shares": 1, "split": "equal"}
    asked = [{"id": number, "do": what, "packet": f"{name} {number}",
              **(members if what == "send" else {})} for number in range(1, count + 1)]
    good = answered = 0
    with peer.makefile("r", encoding="utf-8") as lines:
        try:
            for one in asked[:UNDER_WAY]:
                peer.sendall(json.dumps(one).encode() + b"\n")
            while answered < count and (line := lines.readline()):
                reply = json.loads(line)
                answered += 1
                for one in asked[answered + UNDER_WAY - 1:answered + UNDER_WAY]:
                    peer.sendall(json.dumps(one).encode() + b"\n")
                code = reply.get("code", "none")
                print(f"{name} {reply['id']}:{code}:{reply.get('state', '')}", flush=True)
                good += code == "00"
                if good == after:
                    with open(mark + ".new", "w", encoding="utf-8") as file:
                        file.write(text)
                    os.rename(mark + ".new", mark)
                    after = -1
        except ConnectionError:
            pass


main()
