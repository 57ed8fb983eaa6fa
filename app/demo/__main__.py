"""`./dev demo`: the whole journey once, from an empty database to a label sheet, its scans, and a provenance report."""

import argparse
import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from app.demo import chain, clones, companies, links, recall
from app.demo.floor import Floor
from app.demo.printing import print_labels
from app.demo.setup import set_up
from app.domain import identifiers
from app.services import certifying, tracing, verifying
from app.serving import check_free
from app.settings import Settings
from app.store import database
from app.store.migrate import migrate
from app.translating import gettext_in
from labels import reading

STORY_DAYS = 42  # how long ago the first powder lot was made
SCANNED_DPI = 300
A_LOOK = 0.05  # s; a fresh page shows all it has at the first look, and none is looked for twice


def main() -> None:
    """Parses the command line and runs the demo."""
    parser = argparse.ArgumentParser(prog="./dev demo", description=__doc__)
    parser.add_argument("--no-serve", action="store_true", help="stop when the files are written")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--out", type=Path, default=Path("out"))
    arguments = parser.parse_args()
    if not arguments.no_serve:
        check_free("127.0.0.1", arguments.port)  # now, not at the end of the story
    settings = replace(
        _settings(),
        data_dir=arguments.out / "demo-data",
        database_url="",
        base_url=f"http://127.0.0.1:{arguments.port}",
    )
    began = time.perf_counter()
    journey(settings, arguments.out)
    _say(f"all of it: {time.perf_counter() - began:.1f} s")
    _logins(settings)
    if not arguments.no_serve:
        os.environ |= {"DATA_DIR": str(settings.data_dir), "DATABASE_URL": "", "BASE_URL": settings.base_url}
        os.execv(sys.executable, [sys.executable, "-m", "app.serving", "--port", str(arguments.port)])  # noqa: S606


def _settings() -> Settings:
    try:
        return Settings.from_env()
    except ValueError as error:
        sys.exit(str(error))


def journey(settings: Settings, out: Path) -> Floor:
    """Writes labels, the report of one pack and the documents of a recall into `out`; leaves the filled database in
    `settings.data_dir`."""
    shutil.rmtree(settings.data_dir, ignore_errors=True)
    out.mkdir(parents=True, exist_ok=True)
    with _step("an empty database, migrated"):
        migrate(settings.sqlalchemy_url)
    floor = Floor(
        database.engine_for(settings.sqlalchemy_url), datetime.now(UTC) - timedelta(days=STORY_DAYS)
    )
    with _step("5 companies with their places, products and people"):
        set_up(floor)
        links.add(floor, settings.base_url)
    with _step("identifiers minted"):
        goods = chain.mint_goods(floor)
    with _step("labels printed by five runs, each label read back"):
        printed = print_labels(floor, goods, settings, out / "labels.pdf")
    with _step(f"{len(printed)} labels decoded from the pages of {out / 'labels.pdf'}"):
        floor.codes = decode(out / "labels.pdf")
        _check_all_read(printed, floor.codes)
    with _step("scanned through the chain with the decoded texts"):
        chain.tell(floor, goods)
    with _step("a recall of one lot of cells: traced, stopped, told; and an exercise of one"):
        recalled = recall.run(floor, goods)
    with _step("copied labels turn up, and the watch sees it"):
        clones.turn_up(floor, goods)
    with _step("the log verified from the first entry, and signed"):
        entries = _certify(floor, settings)
    with _step(f"provenance report {out / 'trace.pdf'}"):
        (out / "trace.pdf").write_bytes(_report(floor, goods.packs[0], settings))
    with _step(f"documents of the recall {out / 'recall.pdf'} and {out / 'recall.xlsx'}"):
        recall.write(floor, recalled, settings, out)
    _say(f"{floor.scans} scans ({floor.refused} refused, as it should be), {entries} entries in the log")
    return floor


def decode(pdf: Path) -> dict[str, str]:
    """What a scanner reads off the printed pages: the text of every symbol, by the epc it stands for."""
    import pypdfium2 as pdfium

    texts: list[str] = []
    with pdfium.PdfDocument(pdf) as document:
        for page in document:
            picture = page.render(scale=SCANNED_DPI / 72, grayscale=True).to_pil()
            texts += [found.text for found in reading.read_image(picture, A_LOOK) if found.is_matrix]
    return {identifiers.parse(text).epc: text for text in texts}


def _check_all_read(printed: Sequence[str], codes: dict[str, str]) -> None:
    """The story goes on with what was read, so nothing may have been missed or read as something else."""
    if sorted(codes) != sorted(printed):
        raise RuntimeError(f"{len(printed)} labels were printed, and {len(codes)} others or fewer were read")


def _certify(floor: Floor, settings: Settings) -> int:
    origin = certifying.origin_of(settings.base_url)
    with database.writing(floor.engine) as session:
        certifying.checkpoint(session, settings.keys_dir, origin, datetime.now(UTC))
    with database.reading(floor.engine) as session:
        report = verifying.verify_log(session, certifying.verifier_key(settings.keys_dir, origin))
    if not report.sound:
        raise RuntimeError(f"the log does not verify: {report.faults}")
    return report.size


def _report(floor: Floor, epc: str, settings: Settings) -> bytes:
    from labels import fonts
    from reports import provenance as report

    now = datetime.now(UTC)
    reader = floor.people["vehicles"]
    with database.reading(floor.engine) as session:
        found = tracing.trace(session, reader, epc, now=now)
    return report.pdf(
        found, language="zh", base_url=settings.base_url, asked_by=reader.name, asked_at=now, report_id="DEMO-118",
        gettext=gettext_in("zh"), zone=ZoneInfo("Asia/Shanghai"), cut=fonts.cut,
    )  # fmt: skip


@contextmanager
def _step(title: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    _say(f"{time.perf_counter() - began:6.2f} s  {title}")


def _logins(settings: Settings) -> None:
    _say(f"\nOpen {settings.base_url} and sign in; every password is {companies.PASSWORD}")
    for company in companies.COMPANIES:
        people: Sequence[companies.Person] = company.people
        names = ", ".join(f"{person.login} ({person.role})" for person in people)
        _say(f"  {company.en} {company.zh}: {names}")


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
