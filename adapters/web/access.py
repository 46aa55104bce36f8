"""Access control: a one-time link, the cookie that it sets, and the checks that keep other sites out."""

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from adapters.web.translate import ORIGINALS_PATH

SESSION = "web-session"
"""The name of the secret in the cookie."""

_SECRET_BYTES = 32
_COOKIE_SECONDS = 365 * 24 * 3600
_PUBLIC = ("/", "/open")  # `/` shows the sign-in page ("door") without a cookie

_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class Access:
    """Decides who has access. Everybody with the cookie is the same single member."""

    def __init__(self, session_secret: str, listen_host: str, public_host: str | None = None) -> None:
        self._session_secret = session_secret
        self._link_key: str | None = secrets.token_urlsafe(_SECRET_BYTES)
        self._hosts = {listen_host.casefold(), "127.0.0.1", "localhost", "::1"}
        self._public_host = public_host  # the host name in public links; it serves only originals
        # Browsers share cookies between the ports of a host: two bots on one machine must not overwrite each other's.
        self._cookie = "plantain-" + hashlib.sha256(session_secret.encode()).hexdigest()[:12]

    def __repr__(self) -> str:
        return "Access(…)"

    def link(self, origin: str) -> str:
        """Build the one-time link. It contains a secret."""
        return f"{origin}/open?key={self._link_key}"

    def redeem(self, key: str) -> bool:
        """Whether a key is the unused key of the one-time link. If so, this call uses it up."""
        if self._link_key is None or not _is_same(key, self._link_key):
            return False
        self._link_key = None
        return True

    def is_known(self, request: web.Request) -> bool:
        """Whether a request has the right cookie."""
        return _is_same(request.cookies.get(self._cookie, ""), self._session_secret)

    def let_in(self, response: web.StreamResponse) -> None:
        """Set the cookie on a response."""
        response.set_cookie(
            self._cookie, self._session_secret, max_age=_COOKIE_SECONDS, httponly=True, samesite="Strict", path="/"
        )

    def middleware(self) -> Middleware:
        """Return the middleware that checks every request before its handler."""

        @web.middleware
        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            is_original = request.path.startswith(ORIGINALS_PATH)
            if is_original and _host_name(request) in {self._public_host, *self._hosts}:
                return await handler(request)  # the link itself grants access; the handler checks it
            if _host_name(request) not in self._hosts:  # a foreign name points here (DNS rebinding)
                return web.Response(status=421)
            if request.method == "POST" and not _is_from_own_page(request):
                return web.Response(status=403)
            is_public = request.path in _PUBLIC or request.path.startswith("/page/")
            if not is_public and not self.is_known(request):
                return web.Response(status=401)
            return await handler(request)

        return check


async def add_security_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add the security headers to every response. A signal handler for `on_response_prepare`."""
    response.headers["Content-Security-Policy"] = _CONTENT_SECURITY_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers.setdefault("Cache-Control", "no-cache" if request.path.startswith("/page/") else "no-store")


def _is_same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), expected.encode())


def _host_name(request: web.Request) -> str | None:
    """Return the request's host name, without the port: a container may be reached at another port than ours."""
    return _host_of("//" + request.headers.get("Host", ""))


def _host_of(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:  # a broken IPv6 address
        return None


def _is_from_own_page(request: web.Request) -> bool:
    """Whether a page of the same host and port sent the request. Cookies do not distinguish ports."""
    try:
        origin = urlsplit(request.headers.get("Origin", ""))
    except ValueError:
        return False
    return origin.scheme in {"http", "https"} and origin.netloc.casefold() == request.headers["Host"].casefold()
