"""Which Chromium the browser tests drive, and getting one where there is none: `python -m tests.browser.chromium`.

Looked for in this order: $CHROMIUM, Playwright's own download, what the system has. Where there is none, Playwright's
download is tried, then, as root on Debian or Ubuntu, the package `chromium`.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Error, Playwright, sync_playwright

VARIABLE = "CHROMIUM"
SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
# Without these a Chromium looks for updates and its maker's hosts, which a closed network refuses many times a second.
ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DOWNLOAD_SECONDS = 300

HELP = f"""There is no Chromium that starts, and none could be installed. Do one of these, then try again:
  - install one: `sudo apt-get install chromium` on Debian, or `.venv/bin/playwright install --with-deps chromium`
  - set {VARIABLE} to the path of one
"""


def arguments() -> list[str]:
    """What to start it with. Chromium refuses to sandbox itself as root."""
    return [*ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]


def find(playwright: Playwright) -> str | None:
    """Path of the first Chromium that really starts; None when there is none. What $CHROMIUM names counts alone."""
    given = os.environ.get(VARIABLE)
    candidates = [given] if given else _candidates(playwright)
    return next((path for path in candidates if _starts(playwright, path)), None)


def _candidates(playwright: Playwright) -> Iterator[str]:
    own = playwright.chromium.executable_path
    if Path(own).exists():
        yield own
    yield from filter(None, map(shutil.which, SYSTEM_NAMES))


def _starts(playwright: Playwright, path: str) -> bool:
    try:
        playwright.chromium.launch(executable_path=path, args=arguments()).close()
    except Error as error:
        _say(f"{path} does not start: {error.message.splitlines()[0]}")
        return False
    return True


def _found() -> str | None:
    with sync_playwright() as playwright:
        return find(playwright)


def _download() -> bool:
    return _run([sys.executable, "-m", "playwright", "install", "chromium"])


def _install_package() -> bool:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    return _run(["apt-get", "update"]) and _run(["apt-get", "install", "-y", "--no-install-recommends", "chromium"])


def _run(command: list[str]) -> bool:
    """Whether it succeeded. What it said is shown only when it did not."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=DOWNLOAD_SECONDS)
    except subprocess.TimeoutExpired:
        _say(f"{' '.join(command)} took too long")
        return False
    if done.returncode:
        _say(f"{' '.join(command)} failed: {(done.stderr or done.stdout).strip().partition(chr(10))[0]}")
    return done.returncode == 0


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def main() -> int:
    """Make sure that there is a Chromium. 0 when there is."""
    path = _found()
    for get_one in (_download, _install_package):
        if path is None and not os.environ.get(VARIABLE) and get_one():
            path = _found()
    if path is None:
        _say(HELP)
        return 1
    _say(f"browser tests use {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
