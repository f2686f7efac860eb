"""Cookies with attributes, as `Response.set_cookie` writes them: checked, so that none says what was not meant.

https://www.rfc-editor.org/rfc/rfc6265#section-4.1
https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis
"""

from __future__ import annotations

from ..errors import ResultError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta
    from typing import Any

_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_VALUE = frozenset(map(chr, range(0x21, 0x7F))) - frozenset('",;\\')
_ATTRIBUTE = frozenset(map(chr, range(0x20, 0x7F))) - {";"}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def cookie(
    name: str,
    value: str,
    *,
    max_age: int | timedelta | None,
    expires: datetime | None,
    path: str | None,
    domain: str | None,
    secure: bool,
    http_only: bool,
    same_site: str | None,
    partitioned: bool,
) -> str:
    """The `Set-Cookie` value; ResultError for what a cookie cannot carry, or what browsers would throw away."""
    _check("name", name, _TOKEN)
    _check(
        "value", value, _VALUE, advice="; quote it first, with urllib.parse.quote for instance", empty=True
    )
    if same_site not in (None, "Strict", "Lax", "None"):
        raise _refused('same_site is "Strict", "Lax", "None" or None')
    if not secure and (
        same_site == "None" or partitioned or name.lower().startswith(("__secure-", "__host-"))
    ):
        raise _refused("browsers take it with secure=True alone")
    if name.lower().startswith("__host-") and (path != "/" or domain is not None):
        raise _refused('a name that begins with __Host- goes with path="/" and no domain')
    attributes = (
        *_valued("Max-Age", None if max_age is None else _seconds(max_age)),
        *_valued("Expires", None if expires is None else _date(expires)),
        *_valued("Path", path),
        *_valued("Domain", domain),
        *(["Secure"] if secure else []),
        *(["HttpOnly"] if http_only else []),
        *_valued("SameSite", same_site),
        *(["Partitioned"] if partitioned else []),
    )
    return "; ".join([f"{name}={value}", *attributes])


def _check(what: str, given: Any, allowed: frozenset[str], *, advice: str = "", empty: bool = False) -> None:
    if type(given) is not str or not (given or empty) or not allowed.issuperset(given):
        raise _refused(f"its {what} is not text that a cookie can carry{advice}")


def _refused(reason: str) -> ResultError:
    return ResultError(f"the cookie cannot be set: {reason}", path="$.cookies")


def _valued(name: str, value: str | None) -> Iterator[str]:
    if value is not None:
        _check(name.lower(), value, _ATTRIBUTE)
        yield f"{name}={value}"


def _seconds(age: Any) -> str:
    if hasattr(age, "total_seconds"):
        age = int(age.total_seconds())
    if type(age) is not int:
        raise _refused("max_age is a whole number of seconds, or a timedelta")
    return str(age)


def _date(moment: Any) -> str:
    """The date as HTTP writes it, in GMT: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7."""
    if getattr(moment, "tzinfo", None) is None or moment.utcoffset() is None:
        raise _refused("expires is a datetime with a time zone")
    gmt = (moment - moment.utcoffset()).timetuple()
    day, month = _DAYS[gmt.tm_wday], _MONTHS[gmt.tm_mon - 1]
    return f"{day}, {gmt.tm_mday:02} {month} {gmt.tm_year:04} {gmt.tm_hour:02}:{gmt.tm_min:02}:{gmt.tm_sec:02} GMT"
