"""Red packets of many people at once, through the wallets' control sockets. Each story sends a
packet, grabs its shares, claims them through either wallet, some of them twice, and closes it; a
wallet that went away before it replied is asked again. What was answered is remembered, and at the
end compared with what is answered then.
"""
import asyncio
import collections
import random

from lab import Failed, Gone

PAID = ("00", "A2")  # credited, or to be
TAKEN = "this wallet has a packet of this name"
BUSY = "too much is under way"
NOT_ANNOUNCED = "the packet is not announced"
NEVER_CLAIMED = "this person has claimed nothing of it"
CARDS = 40  # of each issuer's generated ones: few, so that they meet
CLAIM_TRIES_MAX = 5
ANNOUNCED_TRIES_MAX = 100  # 50 ms apart: the freeze was refused while nobody could be told


def with_check_digit(number):
    total = 0
    for place, digit in enumerate(reversed(str(number))):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return f"{number}{-total % 10}"


FIRST_CARDS = (999901900000000, 999902900000000, 999903900000000000)
ALL_CARDS = [with_check_digit(first + i) for first in FIRST_CARDS for i in range(CARDS)]


class Load:
    def __init__(self, lab, seed):
        self.lab, self.seed = lab, seed
        self.ending = False
        self.packets = self.unknown = 0
        self.answers = collections.Counter()  # of claims
        self.ends = collections.Counter()  # what closed, or did not open, the packets
        self.claims = {}  # (packet, person): [wallet, ticket, code]: the latest one
        self.stories = set()

    async def run(self, at_once):
        """New stories as old ones end, until `ending`; then until the last has ended."""
        number = 0
        while not self.ending:
            while len(self.stories) < at_once and not self.ending:
                number += 1
                story = asyncio.create_task(self._story(number))
                self.stories.add(story)
                story.add_done_callback(self._ended)
            await asyncio.wait(self.stories, timeout=0.2, return_when=asyncio.FIRST_COMPLETED)

    def _ended(self, story):
        self.stories.discard(story)
        if not story.cancelled() and story.exception() is not None:
            self.lab.fail(f"a story: {story.exception()!r}")

    async def still_going(self):
        return f"{len(self.stories)} stories" if self.stories else ""

    # --- asking --------------------------------------------------------------------------------

    async def _ask(self, wallet, what, again=None, **members):
        """The reply, however often the wallet goes away. `again` is what is asked once it may have
        been done already."""
        command = what
        while True:
            try:
                reply = await wallet.ask(command, **members)
            except Gone:
                self.unknown += 1
                command = again or what
                await asyncio.sleep(0.03)
                continue
            if not reply["ok"]:
                raise Failed(f"{wallet.name} refuses {command} {members}: {reply.get('error')}")
            if reply.get("refused") == BUSY:
                await asyncio.sleep(0.05)
                continue
            return command, reply

    async def _send(self, wallet, packet, draw, shares):
        amount = draw.randint(shares, 20000)
        _, reply = await self._ask(
            wallet, "send", packet=packet, person="sender", card=draw.choice(ALL_CARDS),
            amount_minor=amount, shares=shares, split=draw.choice(("random", "random", "equal")),
            seed=draw.getrandbits(62))
        if "refused" in reply and reply["refused"] != TAKEN:
            raise Failed(f"{wallet.name} refuses to send {packet}: {reply['refused']}")
        return reply.get("code")  # none: it was sent, and the answer was for a wallet that died

    async def _grab(self, wallet, packet, person):
        for _ in range(ANNOUNCED_TRIES_MAX):
            _, reply = await self._ask(wallet, "grab", packet=packet, person=person)
            if reply.get("refused") != NOT_ANNOUNCED:
                return reply.get("ticket")
            await asyncio.sleep(0.05)
        return None

    async def _claim_once(self, wallet, ticket, person, card):
        key = (ticket["reference"][:31], person)
        self.claims[key] = [wallet, ticket, None]
        while True:
            try:
                reply = await wallet.ask("claim", ticket=ticket, person=person, card=card)
            except Gone:
                self.unknown += 1
                _, reply = await self._repeat(wallet, ticket, person)
            if not reply["ok"]:
                raise Failed(f"{wallet.name} refuses a claim: {reply.get('error')}")
            if reply.get("refused") in (BUSY, NEVER_CLAIMED):
                await asyncio.sleep(0.05)
                continue
            break
        if "code" not in reply:
            raise Failed(f"{wallet.name} answers a claim of {key} with {reply}")
        self.claims[key][2] = reply["code"]
        self.answers[reply["code"]] += 1
        return reply["code"]

    async def _repeat(self, wallet, ticket, person):
        return await self._ask(wallet, "repeat", ticket=ticket, person=person)

    async def _claim(self, draw, ticket, person):
        """Until it is paid, or patience ends; each try after a refusal is a new transaction."""
        wallet = draw.choice(self.lab.wallets)
        for _ in range(draw.randint(1, CLAIM_TRIES_MAX)):
            code = await self._claim_once(wallet, ticket, person, draw.choice(ALL_CARDS))
            if code in PAID:
                return code
            await asyncio.sleep(draw.uniform(0, 0.3))
        return code

    # --- the story -----------------------------------------------------------------------------

    async def _share(self, wallet, packet, draw, number):
        person = f"p{number}"
        ticket = await self._grab(wallet, packet, person)
        if ticket is None:
            return
        claims = [self._claim(draw, ticket, person)]
        if draw.random() < 0.15:  # a ticket that was shown around
            claims.append(self._claim(random.Random(draw.random()), ticket, f"thief{number}"))
        codes = await asyncio.gather(*claims)
        if sum(code in PAID for code in codes) > 1:
            raise Failed(f"share {ticket['reference']} was paid twice: {codes}")
        if draw.random() < 0.1:
            _, again = await self._repeat(self.claims[ticket["reference"][:31], person][0], ticket,
                                          person)
            if again.get("code") != codes[0]:
                raise Failed(f"{ticket['reference']} was answered {codes[0]}, then {again}")

    async def _story(self, number):
        draw = random.Random(f"{self.seed}/{number}")
        wallet = draw.choice(self.lab.wallets)
        packet = f"packet {number}"
        shares = draw.randint(1, 8)
        grabs = shares if draw.random() < 0.6 else draw.randint(0, shares)
        end = draw.choices(("expire", "reverse", "nothing"), (80, 10, 10))[0]
        is_hasty = draw.random() < 0.2  # closed while claims are under way
        self.packets += 1
        code = await self._send(wallet, packet, draw, shares)
        if code not in ("00", None):
            self.ends[f"freeze {code}"] += 1
            return
        work = [self._share(wallet, packet, random.Random(draw.random()), i)
                for i in range(grabs)]
        if is_hasty and end != "nothing":
            work.append(self._end_soon(wallet, packet, end, draw.uniform(0, 0.2)))
        await asyncio.gather(*work)
        if not is_hasty and end != "nothing":
            await self._end_soon(wallet, packet, end, 0)
        elif end == "nothing":
            self.ends["left open"] += 1

    async def _end_soon(self, wallet, packet, end, after):
        await asyncio.sleep(after)
        _, reply = await self._ask(wallet, end, packet=packet)
        self.ends[f"{end} {reply.get('code', 'refused')}"] += 1

    # --- at rest -------------------------------------------------------------------------------

    async def check_answers(self):
        """Every claim asked about again gets the answer of before. 30 leaves no trace."""
        turn = asyncio.Semaphore(32)

        async def check(key, wallet, ticket, code):
            async with turn:
                _, reply = await self._repeat(wallet, ticket, key[1])
            if code != "30" and reply.get("code") != code:
                raise Failed(f"claim {key} was answered {code}, and at rest {reply}")

        await asyncio.gather(*(check(key, *claim) for key, claim in self.claims.items()))

    def paid_minor(self):
        return sum(ticket["amount_minor"] for _, ticket, code in self.claims.values()
                   if code in PAID)
