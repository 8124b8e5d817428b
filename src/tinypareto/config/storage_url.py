"""Addresses of shared databases; their passwords are neither shown nor stored."""

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from tinypareto.errors import ConfigError

_WANTED = "wanted postgresql://user@host/database"


def checked(url: str, where: str) -> str:
    """The address as it is used.

    Args:
        url: Such as `postgresql://user@host/database`, with or without a password.
        where: The place that it comes from, for messages.

    Raises:
        ConfigError: It is another database, or no address; does not repeat it.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigError(f"{where}: is not the address of a database; {_WANTED}") from None
    scheme = parsed.get_backend_name()
    if scheme == "sqlite":
        raise ConfigError(
            f"{where}: SQLite is for one process; {_WANTED}, or leave it out: the study is then "
            "in the result folder"
        )
    if scheme not in ("postgresql", "postgres"):
        raise ConfigError(f"{where}: got {scheme}://; {_WANTED}")
    return _text(parsed.set(drivername="postgresql"))


def driver_url(url: str) -> str:
    """The same for SQLAlchemy, with the driver that is tested."""
    return _text(make_url(url).set(drivername="postgresql+psycopg"))


def without_password(url: str) -> str:
    """The same without any secret."""
    # URL.set takes None for "as it was".
    parsed = make_url(url)._replace(password=None)
    secret = [key for key in parsed.query if "password" in key.lower()]
    return _text(parsed.difference_update_query(secret))


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
