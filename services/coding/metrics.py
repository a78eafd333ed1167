"""The Prometheus metrics of the coding service."""

from prometheus_client import Counter

CODES_REFUSED = Counter("fuma_codes_refused_total", "Codes that were refused, by the reason.", ("reason",))
SERIALS_MISSING = Counter(
    "fuma_serials_missing_total",
    "Codes that could not be assigned: a prefecture's serials are used up.",
    ("prefix",),
)
