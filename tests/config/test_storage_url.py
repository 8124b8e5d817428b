from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinypareto.config import resolve, to_toml
from tinypareto.config.sources import from_arguments
from tinypareto.config.storage_url import checked, driver_url, without_password
from tinypareto.errors import ConfigError

URL = "postgresql://me:secret@host:5/db"


def test_a_password_is_used_and_not_shown() -> None:
    url = checked(URL + "?sslmode=require&password=secret&sslpassword=secret", "--storage")
    assert driver_url(url).startswith("postgresql+psycopg://me:secret@host:5/db")
    assert without_password(url) == "postgresql://me@host:5/db?sslmode=require"


@given(st.text(min_size=1))
def test_any_password_survives(password: str) -> None:
    from sqlalchemy.engine import URL as Url
    from sqlalchemy.engine import make_url

    text = Url.create("postgres", "me", password, "host", None, "db").render_as_string(False)
    url = checked(text, "--storage")
    assert make_url(driver_url(url)).password == password
    assert without_password(url) == "postgresql://me@host/db"
    # Optuna formats the address.
    assert driver_url(url).format(SCHEMA_VERSION=1) == driver_url(url)


@pytest.mark.parametrize(
    ("url", "match"),
    [
        ("sqlite:///study.db", "SQLite is for one process"),
        ("mysql://me:secret@host/db", r"got mysql://; wanted postgresql://"),
        ("secret", "is not the address of a database"),
        ("postgresql://me:secret@host:port/db", "is not the address of a database"),
        ("", "is not the address of a database"),
        ("postgresql://me:pa@secret@host/db", "more than one @; write those of the password as"),
        ("postgresql://me:pa@a/secret@host/db", "more than one @"),
        ("postgresql://me:pa@host?secret@host/db", "more than one @"),
    ],
)
def test_other_addresses_are_refused_without_repeating_them(url: str, match: str) -> None:
    with pytest.raises(ConfigError, match=match) as refusal:
        checked(url, "--storage")
    assert "secret" not in str(refusal.value)


@given(st.text(max_size=5), st.text(max_size=5))
def test_no_part_of_a_raw_password_is_shown(before: str, after: str) -> None:
    """It may hold any character that belongs to the syntax of an address."""
    url = f"postgresql://me:{before}SECRET{after}@host/db"
    try:
        shown = without_password(checked(url, "--storage"))
    except ConfigError as refusal:
        shown = str(refusal)
    assert "SECRET" not in shown


@pytest.mark.parametrize("mark", ":/?#[]@%&=+ ")
@pytest.mark.parametrize("other", ":/?#[]@%&=+ ")
def test_no_part_of_a_password_is_shown_whatever_marks_it_has(mark: str, other: str) -> None:
    test_no_part_of_a_raw_password_is_shown.hypothesis.inner_test(  # type: ignore[attr-defined]
        f"x{mark}", f"{other}y"
    )


@given(st.text())
def test_any_text_gives_our_error_or_an_address(text: str) -> None:
    with suppress(ConfigError):
        assert checked(text, "--storage").startswith("postgresql://")


def test_a_configuration_never_tells_the_password() -> None:
    config = resolve(from_arguments({"dataset": "digits", "storage": URL}))
    assert config.storage is not None
    assert config.storage.get_secret_value() == URL
    assert (config.study, config.artifacts) == ("digits", str(config.out / "artifacts"))
    assert 'storage = "postgresql://me@host:5/db"' in to_toml(config)
    assert "secret" not in to_toml(config) + repr(config) + str(config)


@pytest.mark.parametrize("key", ["study", "artifacts"])
def test_what_is_for_a_database_asks_for_one(key: str) -> None:
    with pytest.raises(ConfigError, match=f"{key}: is for a shared database"):
        resolve(from_arguments({"dataset": "digits", key: "x"}))
