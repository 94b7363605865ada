#!/usr/bin/env python3
"""Bytes to a TCP port, and what comes back, as hex on standard output.

    link.py HOST:PORT HEX close          sends, and waits until the other side has closed the link
    link.py HOST:PORT HEX leave          sends, and closes it
    link.py HOST:PORT HEX N [HEX N]...   sends, waits for N frames of length4-ascii, and so on; closes

Waits at most 10 s for anything; exits 1 when it did not come."""
import socket
import sys

SECONDS = 10


def receive_frame(link):
    frame = b""
    while len(frame) < 4 or len(frame) < 4 + int(frame[:4]):
        want = 4 if len(frame) < 4 else 4 + int(frame[:4])
        some = link.recv(want - len(frame))
        if not some:
            sys.exit(f"link.py: the link was closed after {frame!r}")
        frame += some
    return frame


def main():
    (host, port), steps = sys.argv[1].split(":"), sys.argv[2:]
    link = socket.create_connection((host, int(port)), SECONDS)
    got = b""
    for text, then in zip(steps[::2], steps[1::2]):
        link.sendall(bytes.fromhex(text))
        if then == "close":
            try:
                while some := link.recv(65536):
                    got += some
            except ConnectionResetError:
                pass  # closed with our bytes unread: closed all the same
        elif then != "leave":
            for _ in range(int(then)):
                got += receive_frame(link)
    print(got.hex().upper())


try:
    main()
except OSError as error:
    sys.exit(f"link.py: {error}")
