"""The Prometheus metrics of every process."""

from prometheus_client import Counter, Gauge, Histogram

HTTP_SECONDS = Histogram(
    "fuma_http_request_seconds",
    "Time to answer a request.",
    ("service", "method", "route", "status"),
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
RELAYED = Counter("fuma_events_published_total", "Events published from the outbox.", ("service",))
OUTBOX_LAG = Gauge("fuma_relay_last_seconds", "When the relay last had something to publish.", ("service",))
OUTBOX_WAITING = Gauge("fuma_outbox_oldest_seconds", "Age of the oldest event not yet published.", ("service",))
HANDLED = Counter(
    "fuma_messages_total",
    "Messages by what became of them: handled, repeated, retried, dead.",
    ("consumer", "outcome"),
)
JOB_SLICES = Counter("fuma_job_slices_total", "Slices of jobs by how they ended.", ("kind", "outcome"))
GROUP_SIZE = Histogram(
    "fuma_group_commit_size",
    "Messages committed together.",
    ("consumer",),
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
)
