"""Forwards requests to the services, and their answers back."""

from dataclasses import dataclass

import aiohttp
from aiohttp import web
from yarl import URL

from gateway.proxy import rules
from gateway.proxy.bodies import Pace, StreamedBody, body_of
from gateway.proxy.rules import MEGABYTE, Limits
from gateway.sessions.recognition import Recognition
from gateway.sessions.rules import changes_something
from gateway.settings import GatewaySettings
from gateway.throttle.use_cases import RouteThrottle
from shared.contracts.service_routes import SERVICE_OF
from shared.web.answering import CORRELATION, RequestContext, not_allowed
from shared.web.problems import OutcomeUnknown, ServiceUnavailable

_CONNECTIONS = 512
_READ_WHOLE = 64 * 1024
_AT_ONCE = 64 * 1024


def client(settings: GatewaySettings) -> aiohttp.ClientSession:
    """Opens the process's HTTP client: it keeps connections and does not decompress answers."""
    http = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=_CONNECTIONS, ttl_dns_cache=5, keepalive_timeout=10),
        timeout=aiohttp.ClientTimeout(
            total=None, sock_connect=settings.connect_seconds, sock_read=settings.answer_seconds
        ),
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("User-Agent", "Accept-Encoding", "Accept"),
    )
    # aiohttp sends PUT and DELETE a second time by itself when a kept connection breaks; what that would do
    # to a versioned record is a conflict with one's own request.
    http._retry_connection = False  # noqa: SLF001 - there is no public way
    return http


@dataclass(frozen=True, slots=True)
class _UpstreamRequest:
    """A request to a service."""

    method: str
    url: URL
    headers: dict[str, str]
    body: bytes | StreamedBody | None


class Proxy:
    """Forwards requests: the collection decides the service, the session decides the caller."""

    def __init__(
        self,
        settings: GatewaySettings,
        http: aiohttp.ClientSession,
        recognition: Recognition,
        throttle: RouteThrottle,
    ) -> None:
        self._http = http
        self._throttle = throttle
        self._recognition = recognition
        self._limits = Limits(settings.body_limit_mb * MEGABYTE, settings.upload_limit_mb * MEGABYTE)
        self._pace = Pace(settings.body_grace_seconds, settings.body_bytes_per_second, settings.body_seconds)
        self._urls = {service: settings.url_of(service) for service in set(SERVICE_OF.values())}

    async def __call__(self, request: web.Request, context: RequestContext) -> web.StreamResponse:
        """Forwards a request; raises ServiceUnavailable, OutcomeUnknown, or an error of recognition."""
        raw_path = request.rel_url.raw_path
        service = rules.service_of(rules.collection_of(raw_path))
        if request.method not in rules.METHODS:
            raise not_allowed(request.method, rules.METHODS)
        cached_session = await self._recognition.cached_session(request)
        caller = None if cached_session is None else cached_session.caller
        below_prefix = raw_path[len(rules.PREFIX) :]
        actor = "anonymous" if caller is None else str(caller.account_id)
        await self._throttle.charge(context.cause(actor), request.method, below_prefix, caller, context.address)
        headers = rules.request_headers(request.headers)
        headers[CORRELATION] = context.correlation_id
        headers["X-Forwarded-For"] = context.address
        if context.traceparent:
            headers["traceparent"] = context.traceparent
        if cached_session is not None:
            headers["Authorization"] = f"Bearer {self._recognition.token(cached_session, service)}"
        body = await body_of(request, self._limits, self._pace)
        if isinstance(body, StreamedBody) and request.content_length is not None:
            headers["Content-Length"] = str(request.content_length)
        target = URL(self._urls[service] + request.rel_url.raw_path_qs[len(rules.PREFIX) - 1 :], encoded=True)
        return await self._passed(request, _UpstreamRequest(request.method, target, headers, body))

    async def _passed(self, request: web.Request, upstream: _UpstreamRequest) -> web.StreamResponse:
        answer = await self._answer_of(upstream)
        try:
            length = answer.content_length
            if length is not None and length <= _READ_WHOLE:
                content = await answer.read()
                return web.Response(status=answer.status, headers=_outward(answer), body=content or None)
            return await _streamed(request, answer)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise OutcomeUnknown from error
        finally:
            answer.release()

    async def _answer_of(self, upstream: _UpstreamRequest) -> aiohttp.ClientResponse:
        """Returns the service's answer; a read is retried once if a kept-alive connection has broken."""
        try:
            return await self._sent(upstream)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
            if isinstance(error, aiohttp.ClientConnectorError):
                raise ServiceUnavailable from error
            _raise_refusal(upstream, error)
            if changes_something(upstream.method):
                raise OutcomeUnknown from error
            return await self._sent_again(upstream)
        except aiohttp.ConnectionTimeoutError as error:
            raise ServiceUnavailable from error
        except (aiohttp.ClientError, TimeoutError) as error:
            _raise_refusal(upstream, error)
            raise OutcomeUnknown from error

    async def _sent_again(self, upstream: _UpstreamRequest) -> aiohttp.ClientResponse:
        try:
            return await self._sent(upstream)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ServiceUnavailable from error

    async def _sent(self, upstream: _UpstreamRequest) -> aiohttp.ClientResponse:
        data = upstream.body.pieces() if isinstance(upstream.body, StreamedBody) else upstream.body
        return await self._http.request(
            upstream.method, upstream.url, headers=upstream.headers, data=data, allow_redirects=False
        )


def _raise_refusal(upstream: _UpstreamRequest, error: Exception) -> None:
    """Raises the refusal of the body if that is what broke the connection to the service."""
    if isinstance(upstream.body, StreamedBody) and upstream.body.refusal is not None:
        raise upstream.body.refusal from error


def _outward(answer: aiohttp.ClientResponse) -> dict[str, str]:
    return rules.response_headers(answer.headers)


async def _streamed(request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
    """Streams a large answer; breaks the client's connection if it breaks, since the status is sent already."""
    passing = web.StreamResponse(status=answer.status, headers=_outward(answer))
    passing.headers[CORRELATION] = answer.headers.get(CORRELATION, "")
    await passing.prepare(request)
    try:
        async for piece in answer.content.iter_chunked(_AT_ONCE):
            await passing.write(piece)
    except (aiohttp.ClientError, TimeoutError):
        answer.close()
        if request.transport is not None:
            request.transport.abort()
        return passing
    await passing.write_eof()
    return passing
