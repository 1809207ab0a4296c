"""A payment service that remembers every key, is slow, dies and falls silent by the seed, and counts what it paid."""

import asyncio
from collections import Counter, deque
from random import Random

from tests.fixtures.payment_service import Behaviour, Exchange, PaymentService, well


class Moods(deque[Behaviour]):
    """How each next request is met, without end; `over` and all are met well."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random
        self.over = False

    def __bool__(self) -> bool:
        return not self.over

    def popleft(self) -> Behaviour:
        moods = (well, slow, busy, deaf, paid_then_dead, paid_then_silent)
        return self._random.choices(moods, weights=(60, 12, 8, 5, 10, 5))[0]


class Provider:
    """What such a service is asked afterwards."""

    def __init__(self, random: Random) -> None:
        self.moods = Moods(random)
        self.service = PaymentService(then=self.moods)

    def paid_for(self) -> Counter[str]:
        """How often each reference of ours was paid. Two keys for one reference are a payment made twice."""
        return Counter(str(body["payment"]) for _, body in self.service.paid)

    def sent_again(self) -> int:
        """Orders under a key that had been ordered before: the key alone kept them from being paid twice."""
        orders = Counter(each.key for each in self.service.asked if each.method == "POST")
        return sum(times - 1 for times in orders.values())


async def slow(exchange: Exchange) -> None:
    await asyncio.sleep(1.5)
    await well(exchange)


async def busy(exchange: Exchange) -> None:
    """Nothing is done."""
    exchange.answer(503, {})


async def deaf(exchange: Exchange) -> None:
    """Nothing is done, and nothing is said."""
    await exchange.stall()


async def paid_then_dead(exchange: Exchange) -> None:
    exchange.keep()
    exchange.die()


async def paid_then_silent(exchange: Exchange) -> None:
    exchange.keep()
    await exchange.stall()
