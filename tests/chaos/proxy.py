"""A TCP proxy between the members of a lab and their switch, which treats the bytes as bad networks
do. One Gate a member; its mood holds for all connections through it, old and new. Nothing is lost
from the middle and nothing is changed: TCP would not either. What a connection had not passed on
when it broke is lost.
"""
import asyncio
import socket
import struct

CHUNK = 65536


class Gate:
    """One member's way to the switch. Moods, each taken back by `calm`:

    refusing  new connections are closed at once
    silent    nothing passes in either direction; what comes waits
    slow      every chunk waits `delay` seconds
    dribbling chunks are cut into `piece` bytes, `pause` seconds apart
    """

    def __init__(self, name, host, target_port):
        self.name, self.host, self.target_port = name, host, target_port
        self.server = None
        self.port = 0
        self.passes = asyncio.Event()
        self.open = set()  # both writers of each connection, as a pair
        self.connections = 0
        self.bytes_passed = 0
        self.calm()

    async def start(self):
        self.server = await asyncio.start_server(self._serve, self.host, 0)
        self.port = self.server.sockets[0].getsockname()[1]

    def calm(self):
        self.refusing = False
        self.delay = 0.0
        self.piece = 0
        self.pause = 0.0
        self.cut_after = None
        self.passes.set()

    def silence(self):
        self.passes.clear()

    def slow(self, delay):
        self.delay = delay

    def dribble(self, piece, pause):
        self.piece, self.pause = piece, pause

    def refuse(self):
        self.refusing = True
        return self.cut(reset=True)

    def cut_after_bytes(self, count):
        """The connection over which so many more bytes have passed breaks, in the middle of a message."""
        self.cut_after = count

    def cut(self, reset, share=1.0):
        """Breaks connections, this share of them and one at least; returns how many."""
        broken = list(self.open)[:max(1, round(len(self.open) * share))]
        for pair in broken:
            for writer in pair:
                if writer.is_closing():
                    continue
                if reset:
                    raw = writer.get_extra_info("socket")
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    writer.transport.abort()
                else:
                    writer.close()
        return len(broken)

    async def _serve(self, reader, writer):
        if self.refusing:
            writer.transport.abort()
            return
        try:
            to_reader, to_writer = await asyncio.open_connection(self.host, self.target_port)
        except OSError:
            writer.transport.abort()
            return
        pair = (writer, to_writer)
        self.connections += 1
        self.open.add(pair)
        ways = [asyncio.create_task(self._pass(reader, to_writer)),
                asyncio.create_task(self._pass(to_reader, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            pass  # the script ends; asyncio would tell of it as of a mistake
        finally:
            self.open.discard(pair)
            for way in ways:
                way.cancel()
            for one in pair:
                one.close()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _pass(self, reader, writer):
        try:
            while chunk := await reader.read(CHUNK):
                await self.passes.wait()
                if self.delay:
                    await asyncio.sleep(self.delay)
                while chunk:
                    if writer.is_closing():
                        return
                    piece = chunk[:self.piece] if self.piece else chunk
                    if self.cut_after is not None and self.cut_after <= len(piece):
                        writer.write(piece[:self.cut_after])
                        await writer.drain()
                        self.cut_after = None
                        return  # and with this way its connection; a member's others go on
                    if self.cut_after is not None:
                        self.cut_after -= len(piece)
                    writer.write(piece)
                    await writer.drain()
                    self.bytes_passed += len(piece)
                    chunk = chunk[len(piece):]
                    if chunk:
                        await asyncio.sleep(self.pause)
                        await self.passes.wait()
        except OSError:
            pass  # broken: so is the other way, then
