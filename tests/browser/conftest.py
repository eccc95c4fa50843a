"""A real Chromium, and our application listening for it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from sqlalchemy import Engine

from service.store.base import Vault
from service.web import build_web
from tests.browser.chromium import HELP, arguments, find
from tests.serving import listening, port_of, serving
from tests.web.staff_browser import hash_quickly
from tests.world import World, make_world

SCREENSHOTS = Path(__file__).parents[2] / "var" / "screenshots"
WIDE = {"width": 1280, "height": 900}
# What the browser writes down of answers that a page is built for: signed out, too late, or a form to mend.
REFUSED = re.compile(r"(status of|Status Error Code) (401|409|422)")
NARROW = {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = find(playwright)
        assert path is not None, HELP
        browser = playwright.chromium.launch(executable_path=path, args=arguments())
        yield browser
        browser.close()


@dataclass(frozen=True, slots=True)
class Site:
    """Our application as a browser sees it."""

    world: World
    url: str


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    hash_quickly(monkeypatch)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """What a browser sees does not depend on the kind of database."""
    source: Path = request.getfixturevalue("migrated_sqlite")
    path = tmp_path / "aftercell.db"
    path.write_bytes(source.read_bytes())
    return f"sqlite:///{path}"


@pytest.fixture
def site(engine: Engine, vault: Vault) -> Iterator[Site]:
    """With simulated phones, a nurse on call and nobody enrolled yet."""
    with listening() as listener:
        url = f"http://127.0.0.1:{port_of(listener)}"
        world = make_world(engine, vault, public_url=url, port=port_of(listener))
        app = build_web(world.settings, engine, world.services, world.clock)
        with serving(app, listener):
            yield Site(world, url)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of its own for each test, without cookies."""
    context = browser.new_context(viewport={"width": WIDE["width"], "height": WIDE["height"]})
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab. Whatever the browser complains of, a broken content security policy among it, fails the test."""
    complaints: list[str] = []
    page = context.new_page()

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and not REFUSED.search(message.text):
            complaints.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert complaints == []


def take_screenshots(page: Page, name: str) -> None:
    """Of the page as it is, on a desk and on a phone, for a look at them."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for size in (WIDE, NARROW):
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        page.screenshot(path=SCREENSHOTS / f"{name}-{size['width']}.png", full_page=True)
