"""The demo's lab as real processes: starting, killing, pausing them, and asking them by their
control sockets. The switch reads lab.yaml; its members read members.yaml, the same but for the
ports, which are the proxy's. Whoever ends without having been told to is a failure.
"""
import asyncio
import json
import os
import random
import re
import signal
import time

import proxy

TIMERS = """
timers:
  freeze_leg_ms: 1000
  debit_leg_ms: 1000
  credit_leg_ms: 1000
  wallet_wait_ms: 1500
  saf_first_ms: 200
  saf_max_ms: 2000
  idle_ms: 1000
  dead_ms: 2500
"""
START_S = 30  # until a party takes commands; sanitizers on a busy machine are slow


class Failed(Exception):
    """The lab did what it must not."""


class Gone(Exception):
    """The party went away, or was away, before it replied."""


def calendar(days):
    """Business dates across a turn of the year, as the demo has it."""
    return [20261231] + [20270100 + day for day in range(1, days)]


def lab_text(demo, address, ports, dates):
    """The demo's lab file with these links, these dates and short timers."""
    lines = []
    for line in demo.splitlines():
        if line.startswith("calendar:"):
            line = f"calendar: {dates}"
        lines.append(line)
        if short := re.match(r"    short: (\S+)$", line):
            # Every other member has several connections.
            lines.append(f"    link: {{host: {address}, port: {ports.get(short[1], 0)}, "
                         f"connections: {1 + len(lines) % 3}}}")
    return "\n".join(lines) + "\n" + TIMERS


class Party:
    def __init__(self, lab, name, role, institution):
        self.lab, self.name, self.role, self.institution = lab, name, role, institution
        self.folder = os.path.join(lab.folder, name)
        self.process = None
        self.ending = False  # we told it to
        self.calls = {}
        self.next_id = 1
        self.writer = None
        self.reading = None
        self.kills = self.pauses = self.stops = 0

    # --- the process ---------------------------------------------------------------------------

    async def start(self):
        file = "lab.yaml" if self.role == "switch" else "members.yaml"
        # Nobody outlives this script, however it ends.
        arguments = ["--pdeathsig", "KILL", self.lab.cardlab]
        arguments += [self.role, os.path.join(self.lab.folder, file), "--data", self.folder]
        if self.role != "switch":
            arguments += ["--as", self.name]
        self.ending = False
        environment = dict(os.environ, LD_PRELOAD=self.lab.shim, FAULTY_DISK_FILE="/store/data.",
                           FAULTY_DISK_NOW=self.folder + ".broken")
        with open(self.folder + ".output", "ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                "setpriv", *arguments, stdin=asyncio.subprocess.DEVNULL, stdout=output,
                stderr=output, env=environment)
        self.watching = asyncio.create_task(self._watch(self.process))

    async def _watch(self, process):
        code = await process.wait()
        self._hang_up()
        if not self.ending:
            self.lab.fail(f"{self.name} ended by itself with {code}: {self.last_words()}")

    async def kill(self):
        self.kills += 1
        self.ending = True
        self.process.kill()
        await self.watching

    async def terminate(self):
        """SIGTERM: it ends in good order."""
        self.stops += 1
        self.ending = True
        self.process.terminate()
        try:
            await asyncio.wait_for(asyncio.shield(self.watching), START_S)
        except asyncio.TimeoutError:
            raise Failed(f"{self.name} has not ended {START_S} s after SIGTERM") from None
        if self.process.returncode != 0:
            raise Failed(f"{self.name}: SIGTERM ended it with {self.process.returncode}: "
                         f"{self.last_words()}")

    async def break_disk(self, how, seconds):
        """Its disk fails (tests/integration/faulty_disk.c) until it has ended by itself, as it must;
        false: it has written nothing in that time."""
        broken = self.folder + ".broken"
        self.ending = True
        with open(broken + ".new", "w", encoding="utf-8") as file:
            file.write(how)
        os.rename(broken + ".new", broken)
        await asyncio.wait([self.watching], timeout=seconds)
        os.unlink(broken)
        if self.process.returncode is None:
            # It may have met the failure just now.
            await asyncio.wait([self.watching], timeout=1)
        if self.process.returncode is None:
            self.ending = False
            return False
        if self.process.returncode != 2 or "cannot commit to store" not in self.last_words():
            raise Failed(f"{self.name}, its disk broken ({how}), ended with "
                         f"{self.process.returncode}: {self.last_words()}")
        return True

    def pause(self):
        self.pauses += 1
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def last_words(self):
        try:
            with open(self.folder + ".output", errors="replace") as file:
                return " | ".join(file.read().splitlines()[-5:])
        except OSError as error:
            return str(error)

    # --- its control socket --------------------------------------------------------------------

    def _hang_up(self):
        if self.writer is not None:
            self.writer.close()
            self.writer = None
        if self.reading is not None:
            self.reading.cancel()
            self.reading = None
        calls, self.calls = self.calls, {}
        for call in calls.values():
            if not call.done():
                call.set_exception(Gone(self.name))

    async def _read(self, reader):
        try:
            while line := await reader.readline():
                reply = json.loads(line)
                call = self.calls.pop(reply.get("id"), None)
                if call is not None and not call.done():
                    call.set_result(reply)
        except (OSError, asyncio.IncompleteReadError):
            pass
        self.reading = None
        self._hang_up()

    async def ask(self, what, **members):
        """The reply to one command; Gone when the party is away or goes before it replies."""
        if self.writer is None:
            try:
                reader, writer = await asyncio.open_unix_connection(
                    os.path.join(self.folder, "control.sock"), limit=1 << 20)
            except OSError:
                raise Gone(self.name) from None
            if self.writer is None:
                self.writer = writer
                self.reading = asyncio.create_task(self._read(reader))
            else:
                writer.close()  # somebody else was quicker
        if self.writer.is_closing():
            raise Gone(self.name)
        number, self.next_id = self.next_id, self.next_id + 1
        call = self.calls[number] = asyncio.get_running_loop().create_future()
        self.writer.write(json.dumps({"id": number, "do": what, **members}).encode() + b"\n")
        return await call

    async def ask_until(self, what, seconds=START_S, **members):
        """Asks again as often as the party goes away."""
        until = time.monotonic() + seconds
        while True:
            try:
                reply = await self.ask(what, **members)
                if reply["ok"]:
                    return reply
                raise Failed(f"{self.name} refuses {what} {members}: {reply.get('error')}")
            except Gone:
                if time.monotonic() > until:
                    raise Failed(f"{self.name} does not take commands: "
                                 f"{self.last_words()}") from None
                await asyncio.sleep(0.02)


class Lab:
    def __init__(self, cardlab, source, folder, dates):
        self.cardlab, self.folder, self.dates = cardlab, folder, dates
        self.shim = os.path.join(os.path.dirname(cardlab), "../tests/libfaulty_disk.so")
        if not os.path.exists(self.shim):
            raise Failed(f"{self.shim} is missing: build the tests too")
        with open(os.path.join(source, "specs/labs/demo.yaml"), encoding="utf-8") as file:
            self.demo = file.read()
        # A loopback address that no other lab has: whoever is started again finds its port free.
        self.address = "127." + ".".join(str(random.SystemRandom().randint(1, 254))
                                         for _ in range(3))
        self.failure = asyncio.get_running_loop().create_future()
        found = re.findall(r"- id: (\d+)\n    name: [^\n]*\n    short: (\S+)\n    role: (\S+)",
                           self.demo)
        self.switch = Party(self, "switch", "switch", "")
        self.members = [Party(self, short, role, number) for number, short, role in found]
        self.wallets = [one for one in self.members if one.role == "wallet"]
        self.issuers = [one for one in self.members if one.role == "issuer"]
        self.parties = [self.switch] + self.members
        self.gates = {}

    def fail(self, text):
        if not self.failure.done():
            self.failure.set_exception(Failed(text))

    def _write(self, name, ports):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(lab_text(self.demo, self.address, ports, self.dates))

    async def start(self):
        """Every party, and a gate between each member and the switch; all signed on."""
        self._write("lab.yaml", {})
        await self.switch.start()
        status = await self.switch.ask_until("status")
        ports = {member.name: peer["port"]
                 for member, peer in zip(self.members, status["peers"])}
        for member in self.members:
            gate = self.gates[member.name] = proxy.Gate(member.name, self.address,
                                                        ports[member.name])
            await gate.start()
        self._write("lab.yaml", ports)
        self._write("members.yaml", {name: gate.port for name, gate in self.gates.items()})
        for member in self.members:
            await member.start()
        await self.wait_for("everybody signs on", self.all_signed_on, 60)

    async def stop(self):
        for party in self.parties:
            if party.process is not None and party.process.returncode is None:
                await party.terminate()

    def kill_all(self):
        for party in self.parties:
            if party.process is not None and party.process.returncode is None:
                party.ending = True
                party.process.kill()

    # --- waiting -------------------------------------------------------------------------------

    async def wait_for(self, what, condition, seconds):
        """Until the condition, a coroutine, gives nothing: it gives what is still in its way."""
        until = time.monotonic() + seconds
        while obstacle := await condition():
            if self.failure.done():
                self.failure.result()
            if time.monotonic() > until:
                raise Failed(f"not within {seconds} s: {what}: {obstacle}")
            await asyncio.sleep(0.05)

    async def all_signed_on(self):
        off = []
        for party in self.parties:
            status = await party.ask_until("status")
            off += [f"{party.name}: {peer['name']}" for peer in status["peers"]
                    if not peer["signed_on"]]
        return ", ".join(off)

    async def _look(self):
        """Who is busy, and a mark that changes with every step anybody's store has made."""
        busy, steps = [], []
        for party in self.parties:
            status = await party.ask_until("status")
            under_way = {key: status[key] for key in ("requests", "exchanges", "forwards", "open")
                         if status.get(key)}
            if under_way:
                busy.append(f"{party.name} {under_way}")
            steps.append((status["steps"], status["messages"]))
        return ", ".join(busy), steps

    async def at_rest(self):
        """Nobody has anything under way, twice, and nothing has happened in between: else work
        might have been handed on from a party not asked yet to one asked before."""
        busy, steps = await self._look()
        if busy:
            return busy
        busy, again = await self._look()
        return busy or ("" if again == steps else "steps are being made")

    # --- money and days ------------------------------------------------------------------------

    async def money(self):
        """(available, frozen) over all issuers, in minor units."""
        available = frozen = 0
        for issuer in self.issuers:
            balance = await issuer.ask_until("balance")
            available += balance["available_minor"]
            frozen += balance["frozen_minor"]
        return available, frozen

    async def cutover(self, date, seconds):
        """Asked again until it is durable: the switch may die between taking and making it."""
        async def is_there():
            try:
                status = await self.switch.ask("status")
                if status["business_date"] >= date:
                    return ""
                await self.switch.ask("cutover", date=date)
                return f"the switch is at {status['business_date']}"
            except Gone:
                return "the switch is away"
        await self.wait_for(f"cutover to {date}", is_there, seconds)

    async def all_at_date(self, date):
        for party in self.parties:
            status = await party.ask_until("status")
            if status["business_date"] != date:
                return f"{party.name} is at {status['business_date']}, not {date}"
        return ""
