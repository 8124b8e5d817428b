"""Addresses of shared databases; their passwords are neither shown nor stored."""

from typing import TYPE_CHECKING

from tinypareto.errors import ConfigError

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

_WANTED = "wanted postgresql://user@host/database"


def checked(url: str, label: str) -> str:
    """Check the address of a database and give it the usual form.

    Args:
        url: Address such as `postgresql://user@host/database`, with or without a password.
        label: The flag or key that it comes from, for messages.

    Raises:
        ConfigError: It is no address, or that of another kind of database. The message does not
            repeat the address, which may hold a password.
    """
    from sqlalchemy.exc import ArgumentError

    try:
        parsed = _parsed(url)
    except (ArgumentError, ValueError):
        raise ConfigError(f"{label}: is not the address of a database; {_WANTED}") from None
    # The first @ would end the password, whose rest would be taken for the host and printed.
    if parsed.username is not None and url.count("@") > 1:
        raise ConfigError(f"{label}: has more than one @; write those of the password as %40")
    scheme = parsed.get_backend_name()
    if scheme == "sqlite":
        raise ConfigError(
            f"{label}: SQLite is for one process; {_WANTED}, or leave it out: the study is then "
            "in the result folder"
        )
    if scheme not in ("postgresql", "postgres"):
        raise ConfigError(f"{label}: got {scheme}://; {_WANTED}")
    return _text(parsed.set(drivername="postgresql"))


def driver_url(url: str) -> str:
    """The address for SQLAlchemy, with the driver that is tested."""
    return _text(_parsed(url).set(drivername="postgresql+psycopg"))


def without_password(url: str) -> str:
    """The address without any secret."""
    # URL.set takes None for "as it was".
    parsed = _parsed(url)._replace(password=None)
    secret = [key for key in parsed.query if "password" in key.lower()]
    return _text(parsed.difference_update_query(secret))


def _parsed(url: str) -> "URL":
    # The help of the commands reads this module and must not wait for SQLAlchemy.
    from sqlalchemy.engine import make_url

    return make_url(url)


def _text(url: "URL") -> str:
    return url.render_as_string(hide_password=False)
