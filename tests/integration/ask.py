#!/usr/bin/env python3
"""One command to a party's control socket, its reply on standard output.

    ask.py SOCKET '{"do": "status"}' [SECONDS]

Tries until the party is there or the time is up (10 s). Exits 1 when no reply came."""
import socket
import sys
import time


def connect(path, until):
    while True:
        peer = socket.socket(socket.AF_UNIX)
        peer.settimeout(max(until - time.monotonic(), 0.1))
        try:
            peer.connect(path)
            return peer
        except (FileNotFoundError, ConnectionRefusedError) as error:
            peer.close()
            if time.monotonic() > until:
                sys.exit(f"{path}: {error}")
            time.sleep(0.02)


def main():
    until = time.monotonic() + float(sys.argv[3] if len(sys.argv) > 3 else 10)
    try:
        peer = connect(sys.argv[1], until)
        peer.sendall(sys.argv[2].encode() + b"\n")
        reply = b""
        while not reply.endswith(b"\n"):
            peer.settimeout(max(until - time.monotonic(), 0.1))
            some = peer.recv(65536)
            if not some:
                sys.exit(f"{sys.argv[1]}: hung up without a reply")
            reply += some
    except (socket.timeout, ConnectionError) as error:
        sys.exit(f"{sys.argv[1]}: {error}")
    sys.stdout.write(reply.decode())


main()
