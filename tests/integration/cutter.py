#!/usr/bin/env python3
"""A TCP proxy that cuts single connections when it is told to.

    cutter.py HOST:PORT FILE

listens on a port that the system chooses, writes it to FILE.port, and passes everything on to
HOST:PORT. SIGUSR1 cuts the oldest connection, and from then on new ones are closed at once;
SIGUSR2 lets them through again; from SIGHUP on nothing passes over the oldest, and nobody is told."""
import asyncio
import os
import signal
import sys


class Cutter:
    def __init__(self, host, port):
        self.host, self.port = host, port
        self.open = []  # both writers of each connection, the oldest first
        self.refusing = False
        self.silent = None

    def silence(self):
        self.silent = self.open[0]

    def cut(self):
        self.refusing = True
        if self.open:
            for writer in self.open.pop(0):
                writer.transport.abort()

    def let_through(self):
        self.refusing = False

    async def serve(self, reader, writer):
        if self.refusing:
            writer.transport.abort()
            return
        to_reader, to_writer = await asyncio.open_connection(self.host, self.port)
        pair = (writer, to_writer)
        self.open.append(pair)
        ways = [asyncio.create_task(self.carry(pair, *way))
                for way in ((reader, to_writer), (to_reader, writer))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        if pair in self.open:
            self.open.remove(pair)
        for one in pair:
            one.close()
        await asyncio.gather(*ways, return_exceptions=True)

    async def carry(self, pair, reader, writer):
        try:
            while some := await reader.read(65536):
                if pair is self.silent:
                    continue
                writer.write(some)
                await writer.drain()
        except OSError:
            pass


async def main():
    host, port = sys.argv[1].split(":")
    cutter = Cutter(host, int(port))
    server = await asyncio.start_server(cutter.serve, host, 0)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, cutter.cut)
    loop.add_signal_handler(signal.SIGUSR2, cutter.let_through)
    loop.add_signal_handler(signal.SIGHUP, cutter.silence)
    with open(sys.argv[2] + ".new", "w", encoding="ascii") as file:
        file.write(str(server.sockets[0].getsockname()[1]))
    os.rename(sys.argv[2] + ".new", sys.argv[2] + ".port")
    await server.serve_forever()


asyncio.run(main())
