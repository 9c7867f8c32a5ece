"""Asking several servers the same at once, and going on as soon as enough is known."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

from redis.asyncio import Redis
from redis.exceptions import RedisError

from logpipeline.sources.redis.nodes import Address, Clients

T = TypeVar("T")


async def poll(
    clients: Clients,
    addresses: Iterable[Address],
    ask: Callable[[Address, Redis], Awaitable[T]],
    *,
    enough: Callable[[Sequence[T | Exception]], bool],
    seconds: float,
) -> list[T | Exception]:
    """What they answer until it is `enough`, or the time is over: a TimeoutError for each that is silent."""

    async def answer(address: Address) -> T | Exception:
        try:
            return await ask(address, clients.of(address))
        except (RedisError, OSError, TimeoutError) as error:
            await clients.drop(address)
            return error

    tasks = {asyncio.create_task(answer(address)): address for address in addresses}
    answers: list[T | Exception] = []
    waiting, end = set(tasks), asyncio.get_running_loop().time() + seconds
    while waiting and not enough(answers):
        left = max(0.0, end - asyncio.get_running_loop().time())
        done, waiting = await asyncio.wait(waiting, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            break
        answers += [task.result() for task in done]
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    await asyncio.gather(*(clients.drop(tasks[task]) for task in waiting))
    return [*answers, *(TimeoutError() for _ in waiting)]
