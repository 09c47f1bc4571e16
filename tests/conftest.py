"""Real servers for every test, and real connections for those that ask.

An ordinary test runs on its worker's database as the application's role, inside a transaction
that is rolled back. A transactional one (`transactional_db`, `django_db(transaction=True)`) gets a
database of its own, cloned from the migrated template and dropped afterwards: what is append-only
cannot be emptied.
"""

import inspect
import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import django
import pytest
import redis
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as examples
from playwright.sync_api import expect

from marketplace.local.postgres import APP
from marketplace.local.translations import compile_changed
from tests import patience
from tests.browser import Chromium, chromium_at, find_chromium
from tests.live_bank import bank_server, deliver_due, live_bank, till  # noqa: F401  (fixtures)
from tests.product import Product, running_product_on, running_worker
from tests.servers import Servers, running_servers
from tests.sharing_out import OneByOne, longest_first

T = TypeVar("T")
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
DATABASE = f"test_{WORKER}"
CATALOGUES = Path(__file__).parent.parent / "marketplace" / "locale"

# How fast examples come says how busy the machine is. Fixtures that last a test are shared by its examples.
examples.register_profile(
    "suite",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
examples.load_profile("suite")

_servers_running = ExitStack()
_clones = itertools.count()


def broker_number() -> int:
    """Which of Valkey's 64 databases is this worker's own."""
    return 0 if WORKER == "main" else int(WORKER.removeprefix("gw")) + 1


def pytest_configure(config: pytest.Config) -> None:
    if "DJANGO_SETTINGS_MODULE" in os.environ:
        raise pytest.UsageError("Unset DJANGO_SETTINGS_MODULE: tests have settings of their own.")
    if not (config.option.help or config.option.version or config.option.collectonly):
        servers = _servers_of_this_run(config)
        os.environ["DATABASE_URL"] = servers.postgres.url(APP, DATABASE)
        os.environ["STATIC_ROOT"] = str(servers.static)
        # Not the checkout's own, whose port and secrets may be anything.
        os.environ["NUKKAD_HOME"] = str(servers.home)
        os.environ["REDIS_URL"] = servers.valkey.url(broker_number())
    if not config.getoption("numprocesses", None):
        # Only now, since settings read these addresses, and only where tests run: not in the
        # process that hands them out to workers, who inherit its environment.
        os.environ["DJANGO_SETTINGS_MODULE"] = "marketplace.settings.test"
        django.setup()


def _servers_of_this_run(config: pytest.Config) -> Servers:
    if hasattr(config, "workerinput"):
        return Servers.from_environment()
    compile_changed([CATALOGUES])
    try:
        servers = _servers_running.enter_context(running_servers())
    except RuntimeError as error:
        raise pytest.UsageError(str(error)) from error
    os.environ.update(servers.environment())
    return servers


def pytest_unconfigure() -> None:
    _servers_running.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = longest_first(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneByOne | None:
    return OneByOne(config, log) if config.getoption("dist") == "load" else None


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """A page served to an earlier test leaves its reader's language in the thread."""
    with translation.override("en"):
        yield


@pytest.fixture(scope="session")
def lock_order() -> Iterator[Any]:
    """The recorder of locks taken out of order, on every connection of this process."""
    from tests.lock_order import LockOrder, watching

    with watching(LockOrder()) as recorder:
        yield recorder


@pytest.fixture(autouse=True)
def locks_in_order(lock_order: Any) -> Iterator[None]:
    """Whatever a test does with the product, no transaction locks against docs/stock.md."""
    lock_order.offences.clear()
    yield
    assert not lock_order.offences, "\n".join(map(str, lock_order.offences))


@pytest.fixture(scope="session")
def servers() -> Servers:
    return Servers.from_environment()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, servers: Servers, django_db_blocker: Any
) -> Iterator[None]:
    """The worker's database, and transactional tests taught to clone instead of truncating."""
    from django.db import connections
    from django.test import TransactionTestCase

    def use(name: str) -> None:
        connections.close_all()
        connections.settings["default"]["NAME"] = name
        os.environ["DATABASE_URL"] = servers.postgres.url(APP, name)

    def clone(cls: type[TransactionTestCase]) -> None:
        name = f"{DATABASE}_{next(_clones)}"
        servers.clone(name)
        use(name)

    def drop(self: TransactionTestCase) -> None:
        name = connections.settings["default"]["NAME"]
        use(DATABASE)
        servers.drop(name)

    servers.clone(DATABASE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_setup", classmethod(clone))
        patch.setattr(TransactionTestCase, "_fixture_teardown", drop)
        yield
    with django_db_blocker.unblock():
        connections.close_all()
    servers.drop(DATABASE)


@pytest.fixture
def cloned_db(transactional_db: None) -> str:
    """The name of this test's own database, where other processes see what it commits."""
    from django.db import connection

    return str(connection.settings_dict["NAME"])


@pytest.fixture
def concurrently(transactional_db: None) -> Callable[..., list[Any]]:
    """`concurrently(n, act)` or `concurrently([act, other])`: at once, each on its own connection.

    Returns what each returned, or its domain error's code; any other exception is raised.
    """
    from django.db import connections

    def run(
        times: int | Sequence[Callable[[], Any]], act: Callable[[], Any] | None = None
    ) -> list[Any]:
        acts = [act] * times if isinstance(times, int) else list(times)
        start_together = threading.Barrier(len(acts))

        def one(act: Callable[[], Any]) -> Any:
            try:
                connections["default"].ensure_connection()
                start_together.wait(patience.SECONDS)
                return act()
            except Exception as error:
                code = getattr(error, "code", None)
                if not isinstance(code, str):
                    raise
                return code
            finally:
                connections.close_all()

        with ThreadPoolExecutor(len(acts)) as pool:
            return list(pool.map(one, acts))

    return run


@pytest.fixture
def two_connections(
    concurrently: Callable[..., list[Any]],
) -> Callable[[Callable[[], Any]], list[Any]]:
    """The same call twice at the same moment, each on its own connection; the two outcomes."""
    return lambda act: concurrently(2, act)


@pytest.fixture
def elsewhere(transactional_db: None) -> Callable[..., Any]:
    """`with elsewhere(act):` - what `act` locks on another connection stays locked for the block."""
    from django.db import connections, transaction

    def work(act: Callable[[], Any], locked: threading.Event, enough: threading.Event) -> None:
        try:
            with transaction.atomic():
                act()
                locked.set()
                enough.wait(patience.SECONDS)
        finally:
            connections.close_all()

    @contextmanager
    def hold(act: Callable[[], Any]) -> Iterator[None]:
        locked, enough = threading.Event(), threading.Event()
        with ThreadPoolExecutor(1) as pool:
            working = pool.submit(work, act, locked, enough)
            try:
                assert locked.wait(patience.SECONDS), "nothing was locked"
                yield
            finally:
                enough.set()
                working.result()

    return hold


@pytest.fixture
def patient_locks(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """New connections wait long for a lock, so that several can be seen waiting at once."""
    from django.db import connections

    options = connections.settings["default"]["OPTIONS"]
    monkeypatch.setitem(options, "options", f"-c lock_timeout={patience.SECONDS}s")


@pytest.fixture
def celery_worker(transactional_db: None, servers: Servers, tmp_path: Path) -> Iterator[Path]:
    """A real worker and the relay, on this test's own database and an empty broker."""
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as broker:
        broker.flushdb()
    with running_worker(tmp_path) as logs:
        yield logs


@pytest.fixture(scope="session")
def running_product(
    django_db_setup: None,
    django_db_blocker: Any,
    servers: Servers,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Product]:
    """The whole product as `make run` starts it: web, worker, beat, relay, bank, demo shops.

    One per session: tests that share it put it back or use people of their own, and run in one
    worker (tests/sharing_out.py).
    """
    home = tmp_path_factory.mktemp("product")
    broker = 32 + broker_number()
    with (
        django_db_blocker.unblock(),
        running_product_on(
            servers, name=f"{DATABASE}_product", home=home, broker=broker
        ) as product,
    ):
        yield product


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """The system's Chromium, driven by Playwright; its absence fails, it does not skip."""
    program = find_chromium()
    if program is None:
        pytest.fail("no Chromium: python -m tests.browser gets one or says how")
    # Playwright keeps an event loop in this thread, which Django would take for an async caller.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=patience.MILLISECONDS)
    with chromium_at(program) as browser:
        yield browser


@pytest.fixture(scope="session")
def eventually() -> Callable[..., Any]:
    """`eventually(question)`: the first truthy answer, else a failure showing it."""

    def ask(question: Callable[[], T], *, seconds: float = patience.SECONDS) -> T:
        deadline = time.monotonic() + seconds
        while True:
            answer = question()
            if answer:
                return answer
            if time.monotonic() > deadline:
                raise AssertionError(
                    f"not within {seconds} s: {inspect.getsource(question).strip()}"
                )
            time.sleep(0.05)

    return ask
