#!/usr/bin/env python3
"""What limits.test does to a member's port, and to control sockets; a JSON object on standard output.

    limits.py claims SOCKET SENDER RECEIVER SHARES [AT_ONCE [PACKET]]
        through a wallet: a packet of so many shares, all claimed, AT_ONCE under way (default 4);
        how the claims were answered, and how long they took
    limits.py garbage HOST:PORT COUNT    so many connections one after the other, each with bytes
        that are no frame; waits until the other side has closed each
    limits.py frames HOST:PORT FILE TIMES ANSWERS [AWAITED]
        frames in hex, one a line: the first is sent once and its answer awaited (a sign-on), the
        others TIMES times over, and as many 0210 awaited (or AWAITED), which are written to the
        file ANSWERS
    limits.py deaf HOST:PORT FILE LOG
        signs on likewise, sends the others again and again and reads nothing, until the LOG of the
        other side says that an answer could not be sent
    limits.py connections HOST:PORT COUNT    so many at once; waits until all but those that the
        other side keeps have ended: KEPT, one link and those that wait to take its place
    limits.py control SOCKET COUNT           so many at once; how many were told that it is too many
    limits.py silent HOST:PORT FILE          signs on with the first frame of FILE, and then reads
        and answers nothing until it is killed, at most 300 s

Waits at most 60 s for anything; exits 1 when it did not come."""
import asyncio
import collections
import json
import socket
import sys
import time

SECONDS = 60
FRAME_LENGTH = 4
HEADER = 46
KEPT = 5
BLOCK = 100  # frames written at once
WINDOW = 1000  # not answered yet: what the other side keeps for a slow reader is more


def connect(address):
    host, port = address.split(":")
    return socket.create_connection((host, int(port)), SECONDS)


# --- claims -----------------------------------------------------------------------------------------


class Wallet:
    """A control socket with many commands under way."""

    def __init__(self):
        self.calls, self.last = {}, 0

    async def open(self, path):
        self.reader, self.writer = await asyncio.open_unix_connection(path, limit=1 << 20)
        self.reading = asyncio.create_task(self._read())

    async def _read(self):
        while line := await self.reader.readline():
            reply = json.loads(line)
            self.calls.pop(reply["id"]).set_result(reply)

    async def ask(self, what, **members):
        self.last += 1
        call = self.calls[self.last] = asyncio.get_running_loop().create_future()
        self.writer.write(json.dumps({"id": self.last, "do": what, **members}).encode() + b"\n")
        return await asyncio.wait_for(call, SECONDS)


async def claim_all(path, sender, receiver, shares, at_once, packet):
    wallet, codes, took = Wallet(), collections.Counter(), []
    await wallet.open(path)
    sent = await wallet.ask("send", packet=packet, person="sender", card=sender,
                            amount_minor=shares, shares=shares, split="equal")
    if sent.get("code") != "00":
        sys.exit(f"limits.py: the packet was not sent: {sent}")
    numbers = iter(range(shares))

    async def claim_some():
        for number in numbers:
            person = f"p{number}"
            grabbed = await wallet.ask("grab", packet=packet, person=person)
            start = time.monotonic()
            reply = await wallet.ask("claim", ticket=grabbed["ticket"], person=person,
                                     card=receiver)
            took.append(time.monotonic() - start)
            codes[reply.get("code") or reply.get("refused") or reply.get("error")] += 1

    start = time.monotonic()
    await asyncio.gather(*(claim_some() for _ in range(at_once)))
    seconds = time.monotonic() - start
    took.sort()
    wallet.reading.cancel()
    return {"codes": codes, "claims_per_s": round(shares / seconds),
            "median_ms": round(1000 * took[len(took) // 2], 1),
            "longest_ms": round(1000 * took[-1], 1)}


def claims(path, sender, receiver, shares, at_once="4", packet=None):
    packet = packet or f"packet {time.monotonic_ns()}"
    return asyncio.run(claim_all(path, sender, receiver, int(shares), int(at_once), packet))


# --- floods -----------------------------------------------------------------------------------------


def garbage(address, count):
    for number in range(int(count)):
        with connect(address) as link:
            try:
                link.sendall(b"GET / HTTP/1.1\r\n\r\n" if number % 2 else b"\xff" * 5000)
                while link.recv(65536):
                    pass
            except (ConnectionResetError, BrokenPipeError):
                pass  # closed with bytes of ours unread
    return {"closed": int(count)}


async def sign_on(address, frame, receive_buffer=None):
    host, port = address.split(":")
    link = socket.socket()
    if receive_buffer:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    link.connect((host, int(port)))
    link.setblocking(False)
    reader, writer = await asyncio.open_connection(sock=link, limit=4096)
    writer.write(frame)
    while mti_of(await asyncio.wait_for(read_frame(reader), SECONDS)) != b"0830":
        pass
    return reader, writer


async def read_frame(reader):
    head = await reader.readexactly(FRAME_LENGTH)
    return head + await reader.readexactly(int(head))


def mti_of(frame):
    return frame[FRAME_LENGTH + HEADER:][:4]


def read_frames(path):
    first, *others = [bytes.fromhex(line) for line in open(path).read().split()]
    return first, others


async def send_frames(address, path, times, answers, awaited):
    first, others = read_frames(path)
    reader, writer = await sign_on(address, first)
    everything, progress = others * times, asyncio.Event()
    sent, got, awaited = 0, 0, awaited or len(everything)

    async def read_all():
        nonlocal got
        with open(answers, "wb") as file:
            while got < awaited:
                frame = await read_frame(reader)
                if mti_of(frame) == b"0210":
                    file.write(frame)
                    got += 1
                    progress.set()

    async def write_all():
        nonlocal sent
        while sent < len(everything) and got < awaited:
            writer.write(b"".join(everything[sent:sent + BLOCK]))
            sent += BLOCK
            await writer.drain()
            while awaited == len(everything) and sent - got > WINDOW:
                progress.clear()
                await progress.wait()

    await asyncio.wait_for(asyncio.gather(write_all(), read_all()), SECONDS)
    writer.transport.abort()
    return {"sent": sent, "answered": got}


def frames(address, path, times, answers, awaited="0"):
    return asyncio.run(send_frames(address, path, int(times), answers, int(awaited)))


async def send_deaf(address, path, log):
    first, others = read_frames(path)
    _, writer = await sign_on(address, first, 4096)
    writer.transport.pause_reading()  # the buffers fill, here and there
    sent, told, until = 0, False, time.monotonic() + SECONDS
    while not told and time.monotonic() < until:
        writer.write(b"".join(others))
        await asyncio.wait_for(writer.drain(), SECONDS)
        sent += len(others)
        told = b"event=answer_not_sent" in open(log, "rb").read()
    writer.transport.abort()
    return {"sent": sent, "told": told}


def deaf(address, path, log):
    return asyncio.run(send_deaf(address, path, log))


async def open_many(address, count):
    host, port = address.split(":")
    kept, ended = set(), 0

    async def one():
        nonlocal ended
        reader, writer = await asyncio.open_connection(host, int(port))
        kept.add(writer)
        try:
            # One byte of a length: where the backlog was full the other side knows nothing of a
            # connection that looks whole from here, until something comes over it.
            writer.write(b"0")
            while await reader.read(4096):
                pass
        except ConnectionError:
            pass
        kept.discard(writer)
        ended += 1

    tasks = []
    for _ in range(count):
        tasks.append(asyncio.create_task(one()))
        if len(tasks) % 100 == 0:
            await asyncio.sleep(0)
    until = time.monotonic() + SECONDS
    while ended + KEPT < count and time.monotonic() < until:
        await asyncio.wait([task for task in tasks if not task.done()], timeout=1,
                           return_when=asyncio.FIRST_COMPLETED)
    result = {"ended": ended, "kept": len(kept), "failed": 0}
    for task in tasks:
        if task.done() and task.exception() is not None:
            result["failed"] += 1
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return result


def connections(address, count):
    return asyncio.run(open_many(address, int(count)))


def control(path, count):
    peers, told = [], 0
    for _ in range(int(count)):
        peer = socket.socket(socket.AF_UNIX)
        peer.connect(path)  # waits for room in the backlog
        peer.settimeout(SECONDS)
        peers.append(peer)
    for peer in peers:
        line = b""
        try:
            peer.sendall(b'{"do": "status"}\n')
            while not line.endswith(b"\n") and (some := peer.recv(65536)):
                line += some
        except (ConnectionResetError, BrokenPipeError):
            pass  # told, and our command unread
        told += b"too many control connections" in line or not line
    return {"told": told, "answered": int(count) - told}


def silent(address, path):
    async def stay():
        _, writer = await sign_on(address, read_frames(path)[0])
        writer.transport.pause_reading()
        await asyncio.sleep(5 * SECONDS)
        return {"silent": True}

    return asyncio.run(stay())


try:
    print(json.dumps({"claims": claims, "garbage": garbage, "frames": frames, "deaf": deaf,
                      "connections": connections, "control": control,
                      "silent": silent}[sys.argv[1]](*sys.argv[2:])))
except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError) as error:
    sys.exit(f"limits.py: {error!r}")
