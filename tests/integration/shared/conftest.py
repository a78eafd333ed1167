"""A broker that a test may freeze or kill: a private node, separate from the shared one."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from deploy.laptop.stack.processes import wait_until
from deploy.laptop.stack.rabbitmq import RabbitNode
from tests.environment import Environment, Servers


class Fragile:
    """An environment on a broker of its own, which can be frozen, thawed, killed and started."""

    def __init__(self, environment: Environment, node: RabbitNode) -> None:
        self.environment = environment
        self._node = node

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """The broker keeps its connections open and does not answer."""
        self._node.identity.send(signal.SIGSTOP)
        # The signal does not reach all threads at once: a last answer might slip through.
        if not wait_until(self._stands_still, 5):
            raise TimeoutError("the node does not stop")
        try:
            yield
        finally:
            self._node.identity.send(signal.SIGCONT)

    def _stands_still(self) -> bool:
        threads = Path(f"/proc/{self._node.identity.pid}/task").iterdir()
        return all((thread / "stat").read_text().rpartition(")")[2].split()[0] == "T" for thread in threads)

    def kill(self) -> None:
        """Kills the broker."""
        self._node.kill()

    async def start(self) -> None:
        """Starts the broker again with its data."""
        await asyncio.to_thread(self._node.start)


@pytest.fixture(scope="session")
def private_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitNode]:
    """The node for all tests of this process that freeze or kill it."""
    node = RabbitNode(tmp_path_factory.mktemp("broker"))
    node.start()
    yield node
    # Nothing of it is needed any more: an orderly stop would take seconds.
    node.kill()
    node.stop()


@pytest.fixture
async def fragile(servers: Servers, private_node: RabbitNode, tmp_path: Path) -> AsyncIterator[Fragile]:
    """An environment whose broker a test may freeze or kill.

    Its vhost is left to end with the node: RabbitMQ 3.10 gives up dead-lettering for good, and every later
    declaration with it, when quorum queues are deleted while their dead-letter workers still start after a boot.
    """
    apart = Servers(servers.postgres, private_node.url, private_node.management_url)
    async with Environment(apart, tmp_path, broker_is_shared=False).built() as environment:
        yield Fragile(environment, private_node)
