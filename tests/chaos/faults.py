"""What goes wrong, and when: drawn from the seed before the run begins, so that a seed stands for
its faults. The processes' own timing is not repeated by it.
"""
import asyncio
import collections

DISK_KINDS = {"full disk": "full", "failed sync": "sync", "failed commit": "valid"}
PARTY_KINDS = ("kill", "kill twice", "pause", "terminate", *DISK_KINDS)
GATE_KINDS = ("cut", "cut in a message", "silent", "slow", "dribble", "refuse")


def plan(draw, seconds, parties, gates):
    """[(at, kind, whom, how long, how much)] in the order of time; the mix differs by seed."""
    faults = []

    def add(kinds, whom, mean):
        weights = [draw.choice((0, 1, 1, 2, 4)) for _ in kinds]
        weights[0] = max(weights[0], 1)  # kills and cuts there always are
        at = draw.expovariate(1 / mean)
        while at < seconds:
            faults.append((at, draw.choices(kinds, weights)[0], draw.choice(whom),
                           draw.uniform(0, 1.5), draw.random()))
            at += draw.expovariate(1 / mean)

    add(PARTY_KINDS, parties + parties[:1] * 2, draw.uniform(0.6, 2.5))
    add(GATE_KINDS, gates, draw.uniform(0.3, 1.5))
    return sorted(faults)


class Faults:
    def __init__(self, lab):
        self.lab = lab
        self.done = collections.Counter()
        self.kills = collections.Counter()
        self.broken = 0  # connections
        self.broken_disks = 0
        self.busy = set()  # whom something is done to now; a second fault passes it by
        self.parties = {party.name: party for party in lab.parties}

    async def run(self, faults):
        began = asyncio.get_running_loop().time()
        tasks = []
        for fault in faults:
            await asyncio.sleep(max(0, began + fault[0] - asyncio.get_running_loop().time()))
            tasks.append(asyncio.create_task(self._one(*fault[1:])))
        await asyncio.gather(*tasks)

    async def _one(self, kind, whom, length, much):
        is_party = kind in PARTY_KINDS
        if (is_party, whom) in self.busy:
            return
        self.busy.add((is_party, whom))
        self.done[kind] += 1
        try:
            if is_party:
                await self._party(kind, self.parties[whom], length, much)
            else:
                await self._gate(kind, self.lab.gates[whom], length, much)
        except Exception as error:
            self.lab.fail(f"{kind} {whom}: {error}")
        finally:
            self.busy.discard((is_party, whom))

    async def _party(self, kind, party, length, much):
        if kind == "pause":
            party.pause()
            await asyncio.sleep(length * 1.5)
            party.resume()
            return
        if kind in DISK_KINDS:
            if not await party.break_disk(DISK_KINDS[kind], 5):
                return
            self.broken_disks += 1
        elif kind == "terminate":
            await party.terminate()
        else:
            self.kills[party.name] += 1
            await party.kill()
        await asyncio.sleep(length * (much > 0.5))
        await party.start()
        if kind == "kill twice":  # while it picks up what it had left
            await asyncio.sleep(length * 0.2)
            self.kills[party.name] += 1
            await party.kill()
            await party.start()

    async def _gate(self, kind, gate, length, much):
        if kind == "cut":
            self.broken += gate.cut(reset=much > 0.5, share=much * 2 % 1)
        elif kind == "cut in a message":
            self.broken += 1
            gate.cut_after_bytes(1 + int(much * 1500))
            await asyncio.sleep(length)
        elif kind == "silent":
            gate.silence()
            await asyncio.sleep(length * 4)  # up to past dead_ms
            if much > 0.5:
                self.broken += gate.cut(reset=False)
        elif kind == "slow":
            gate.slow(much * 0.7)
            await asyncio.sleep(length * 2)
        elif kind == "dribble":
            gate.dribble(1 + int(much * 60), 0.002)
            await asyncio.sleep(length * 2)
        else:
            self.broken += gate.refuse()
            await asyncio.sleep(length)
        gate.calm()
