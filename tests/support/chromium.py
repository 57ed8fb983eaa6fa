"""The system's Chromium, driven by Playwright: found, started without any background traffic, and watched for errors."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserType, ConsoleMessage, Page, Request

from tests.support.loopback import is_local

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",  # CI runs as root
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


def find() -> str | None:
    return next((path for path in map(shutil.which, NAMES) if path), None)


def fake_camera(video: Path) -> tuple[str, ...]:
    """Flags for a camera that plays `video` (.y4m or .mjpeg) in a loop, with permission given."""
    return (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={video}",
    )


@contextmanager
def launched(engine: BrowserType, executable: str, flags: Sequence[str] = ()) -> Iterator[Browser]:
    browser = engine.launch(executable_path=executable, headless=True, args=[*FLAGS, *flags])
    try:
        yield browser
    finally:
        browser.close()


class Watch:
    """What must not happen on any page: an uncaught error, a breach of the content policy, a request to another machine."""

    def __init__(self, page: Page, complaints: list[str]) -> None:
        self.complaints = complaints  # to which each is added
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        page.on("console", self._console)
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "Content-Security-Policy" in message.text:
            self.complaints.append(message.text)

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and not is_local(parts.hostname):
            self.complaints.append(f"request to {request.url}")
