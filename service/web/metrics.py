"""Numbers for Prometheus. Counters count what this process saw; gauges are read from the database at each scrape.

No label holds a phone, an id or anything else of a patient.
"""

from collections.abc import Iterator
from datetime import timedelta

import structlog
from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from service.clock import Clock
from service.core.urgency import Level
from service.errors import StoreUnavailable
from service.flows import overview
from service.flows.overview import VitalSigns
from service.flows.services import Services

log = structlog.get_logger()


class Metrics:
    """One application's metrics, in a registry of its own, so that several applications can live in one process."""

    def __init__(self, services: Services, clock: Clock) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(_Vitals(services, clock))
        self._inbound = Counter(
            "aftercell_inbound_texts",
            "Inbound texts by what became of them: received, duplicate, or deferred (stored, left to the worker)",
            ["result"],
            registry=self.registry,
        )
        self._rejected = Counter(
            "aftercell_webhooks_rejected",
            "Webhooks refused for a bad signature; any rise may mean that every patient's message is refused",
            ["hook"],
            registry=self.registry,
        )
        self._receipts = Counter(
            "aftercell_receipts", "Status callbacks, for messages known and unknown", ["result"], registry=self.registry
        )
        for result in ("received", "duplicate", "deferred"):
            self._inbound.labels(result)
        for hook in ("message", "status", "voice"):
            self._rejected.labels(hook)
        for result in ("known", "unknown"):
            self._receipts.labels(result)

    def inbound(self, result: str) -> None:
        self._inbound.labels(result).inc()

    def rejected(self, hook: str) -> None:
        self._rejected.labels(hook).inc()

    def receipt(self, *, known: bool) -> None:
        self._receipts.labels("known" if known else "unknown").inc()

    def exposition(self) -> bytes:
        """All of it, in Prometheus' text format."""
        return generate_latest(self.registry)


class _Vitals(Collector):
    def __init__(self, services: Services, clock: Clock) -> None:
        self._services = services
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("aftercell_database_up", "1 when the database answers")
        try:
            signs = overview.vital_signs(self._services, self._clock.now())
        except StoreUnavailable as error:
            # The counters must be seen all the same: that the database is gone is news in itself.
            log.error("metrics without database", action="metrics", reason=str(error))
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield from _gauges(signs)


def _gauges(signs: VitalSigns) -> Iterator[Metric]:
    alerts = GaugeMetricFamily("aftercell_unresolved_alerts", "Alerts that nobody has resolved yet", labels=["level"])
    for level in Level:
        if level > Level.OK:
            alerts.add_metric([level.word], signs.unresolved_alerts.get(level.word, 0))
    yield alerts
    yield _seconds(
        "aftercell_oldest_unacknowledged_alert_age_seconds",
        "How long the longest waiting alert has been without acknowledgement; 0 when none waits",
        signs.oldest_unacknowledged or timedelta(0),
    )
    yield GaugeMetricFamily("aftercell_queued_messages", "Texts that wait to be sent", value=signs.queued_messages)
    yield _seconds(
        "aftercell_oldest_queued_message_age_seconds",
        "How long the longest waiting text has been due; 0 when none is",
        signs.oldest_queued or timedelta(0),
    )
    yield GaugeMetricFamily(
        "aftercell_unhandled_inbound_texts", "Texts stored but not acted on yet", value=signs.unhandled_inbound
    )
    yield GaugeMetricFamily(
        "aftercell_sending_holds", "Accounts and senders by which nothing goes out for now", value=signs.holds
    )
    yield GaugeMetricFamily(
        "aftercell_service_alarms",
        "Troubles of the service that administrators were told of and that are not over",
        value=signs.alarms,
    )
    if signs.heartbeat_age is not None:
        yield _seconds(
            "aftercell_worker_heartbeat_age_seconds",
            "Since the latest sign of life of any worker; absent when there never was one",
            signs.heartbeat_age,
        )


def _seconds(name: str, says: str, value: timedelta) -> Metric:
    return GaugeMetricFamily(name, says, value=value.total_seconds())
