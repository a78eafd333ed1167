"""What the worker pool shows to Prometheus."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict

from prometheus_client import REGISTRY, Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from shared.workers.pool import WorkerPool
from shared.workers.scheduler import Lane


class PoolCollector(Collector):
    """Reads the state of this process's pool when it is asked for; of several pools, that of the newest."""

    def __init__(self) -> None:
        self.pools: list[WorkerPool] = []

    def collect(self) -> Iterator[Metric]:
        """Workers that are up, work that waits, what happened so far, how far workers are confined."""
        if not self.pools:
            return
        pool = self.pools[-1]
        yield GaugeMetricFamily("fuma_workers", "Workers that are up.", len(pool.worker_pids))
        waiting = GaugeMetricFamily("fuma_worker_tasks_waiting", "Work that waits for a worker.", labels=["lane"])
        for lane in Lane:
            waiting.add_metric([lane], pool.count_waiting(lane))
        yield waiting
        events = CounterMetricFamily("fuma_worker_events", "What happened in the pool.", labels=["event"])
        for name, count in asdict(pool.counts).items():
            events.add_metric([name], count)
        yield events
        layers = GaugeMetricFamily("fuma_worker_confinement", "Layers that confine workers.", labels=["layer"])
        for layer, state in pool.confinement.layers.items():
            layers.add_metric([layer], state.startswith("applied"))
        yield layers
        yield GaugeMetricFamily(
            "fuma_worker_abilities_remaining",
            "What workers can do and must not be able to.",
            len(pool.confinement.remaining),
        )


_COLLECTOR = PoolCollector()
REGISTRY.register(_COLLECTOR)


@asynccontextmanager
async def exported_metrics(pool: WorkerPool) -> AsyncIterator[None]:
    """Shows the pool at /metrics for as long as the block lasts."""
    _COLLECTOR.pools.append(pool)
    try:
        yield
    finally:
        _COLLECTOR.pools.remove(pool)
