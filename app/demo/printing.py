"""The labels of the story: each company prints its own, as a run like any other, and the sheets lie in one file."""

from collections.abc import Sequence
from pathlib import Path

from app import jobrunner, printruns
from app.demo import chain, companies
from app.demo.floor import Floor
from app.services.printing import RunAsked, What, files, run_of
from app.settings import Settings
from app.store import database
from labels import pdf

TEMPLATE, STOCK = "ready:product-70x37", "a4-3x8"


def print_labels(floor: Floor, goods: chain.Goods, settings: Settings, out: Path) -> list[str]:
    """Leaves the sheets in `out`; the epcs that have a label, in the order of printing."""
    things, sheets, printed = goods.by_company(), [], []
    for company in companies.COMPANIES:
        epcs = [floor.sites[site.key] for site in company.sites] + things.get(company.key, [])
        sheets.append(_run(floor, company.key, epcs, settings))
        printed += epcs
    with out.open("wb") as file:
        pdf.joined(file, sheets)
    return printed


def _run(floor: Floor, company: str, epcs: Sequence[str], settings: Settings) -> Path:
    """The file of one company's run, every label of it read back."""
    actor = floor.people[company]
    asked = RunAsked(What(epcs=tuple(epcs)), TEMPLATE, stock=STOCK, language="zh")
    with database.writing(floor.engine) as session:
        run = printruns.ask(session, actor, asked, "zh", floor.now)
        run_id, job_id = run.id or 0, run.job_id
    jobrunner.run(settings, floor.engine, job_id)
    with database.reading(floor.engine) as session:
        run = run_of(session, actor, run_id)
        path = files.file_of(settings.prints_dir, run)
    if path is None:
        raise RuntimeError(f"the labels of {company} were not printed: {run.error}")
    return path
