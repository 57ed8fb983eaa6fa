"""Label templates: made, copied, saved, restored, put aside; and what two people do to the same one at once."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.errors import Conflict, Forbidden, Refused, TraceError, Unknown
from app.services import designing, label_previews, label_templates
from app.services.label_templates import Version
from app.store.database import reading, writing
from labels import readymade
from tests.support.world import World

LABEL: dict[str, Any] = {
    "name": "Cell",
    "width": 40,
    "height": 20,
    "elements": [{"kind": "text", "x": 1, "y": 1, "width": 30, "height": 8, "text": "{name}"}],
}


def made(world: World, document: object = LABEL, **more: Any) -> Version:
    with writing(world.engine) as session:
        return designing.create(session, world.ana, document, world.now, **more)


def saved(world: World, version: Version, based_on: int = 0, **changes: Any) -> Version:
    document = {**version.document, **changes}
    with writing(world.engine) as session:
        return designing.save(
            session, world.ana, version.template_id, document, based_on or version.number, world.now
        )


def test_versions_are_kept_and_an_earlier_one_comes_back_as_a_new_one(world: World) -> None:
    first = made(world)
    second = saved(world, first, height=25)
    with writing(world.engine) as session:
        third = designing.restore(session, world.ana, first.template_id, 1, 2, world.now)
        with pytest.raises(Refused, match="latest already"):
            designing.restore(session, world.ana, first.template_id, 3, 3, world.now)
    with reading(world.engine) as session:
        history = label_templates.history(session, world.ana, first.template_id)
        assert [(line.number, line.height, line.based_on) for line in history] == [
            (3, 20, 1), (2, 25, 1), (1, 20, 0),
        ]  # fmt: skip
        assert third.document == first.document
        printed = label_templates.template_of(session, world.ana, first.ref, second.number)
    assert (printed.version, printed.template.height) == (2, 25)


def test_the_database_keeps_versions_as_they_are(world: World) -> None:
    made(world)
    for statement in (
        "UPDATE label_template_version SET name = 'x'",
        "DELETE FROM label_template_version",
    ):
        with pytest.raises(DBAPIError, match="append-only"), writing(world.engine) as session:
            session.execute(text(statement))


def test_of_two_who_save_at_once_one_is_told_of_the_other(world: World) -> None:
    version, together = made(world), Barrier(2)

    def save(height: int) -> str:
        together.wait()
        try:
            saved(world, version, height=height)
        except Conflict as error:
            return error.code
        return "saved"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(save, (30, 31))) == ["label-template-changed", "saved"]


def test_what_is_the_same_or_wrong_makes_no_version(sqlite_world: World) -> None:
    version = made(sqlite_world)
    with pytest.raises(Refused) as same:
        saved(sqlite_world, version)
    assert same.value.code == "nothing-changed"
    for broken in (
        {"elements": [{**LABEL["elements"][0], "x": 39}]},
        {"width": 4_000},
        {"name": "\0"},
        {"elements": "none"},
    ):
        with pytest.raises(Refused):
            saved(sqlite_world, version, **broken)
    with reading(sqlite_world.engine) as session:
        assert len(label_templates.history(session, sqlite_world.ana, version.template_id)) == 1


def test_a_form_sent_twice_makes_one_template(world: World) -> None:
    assert made(world, nonce="twice") == made(world, nonce="twice")
    assert made(world).template_id != made(world).template_id


def test_a_copy_of_a_ready_made_one_is_ones_own_under_a_free_name(sqlite_world: World) -> None:
    world = sqlite_world
    with writing(world.engine) as session:
        copies = [
            designing.copy(session, world.ana, "ready:product-70x37", language, world.now)
            for language in ("zh", "zh", "en")
        ]
        again = designing.copy(session, world.ana, copies[0].ref, "en", world.now)
    title = readymade.ready("product-70x37").title
    assert [copy.name for copy in copies] == [title.zh, f"{title.zh} (2)", title.en]
    assert again.name == f"{title.zh} (3)"
    assert (copies[0].copied_from, again.copied_from) == ("product-70x37", "")
    with reading(world.engine) as session:
        drawn = label_templates.template_of(session, world.ana, copies[0].ref).template
    ready = readymade.ready("product-70x37")
    assert replace(drawn, name=ready.name, title=ready.title) == ready


def test_what_was_exported_can_be_taken_in_again(sqlite_world: World) -> None:
    version = made(sqlite_world)
    assert made(sqlite_world, json.loads(json.dumps(version.document))).document == version.document


def test_what_is_put_aside_is_offered_to_nobody_and_still_found(sqlite_world: World) -> None:
    world, version = sqlite_world, made(sqlite_world)
    with writing(world.engine) as session:
        for _ in range(2):
            designing.set_active(session, world.ana, version.template_id, world.now, active=False)
        offered = {choice.ref for choice in label_templates.choices(session, world.ana)}
        assert version.ref not in offered
        assert "ready:product-70x37" in offered
        assert label_templates.template_of(session, world.ana, version.ref).template.name == "Cell"
        assert [one.active for one in label_templates.listed(session, world.ana)] == [False]


def test_another_company_sees_nothing_and_an_operator_changes_nothing(sqlite_world: World) -> None:
    world, version = sqlite_world, made(sqlite_world)
    with writing(world.engine) as session:
        assert label_templates.listed(session, world.cy) == []
        for act in (
            lambda: label_templates.version_of(session, world.cy, version.template_id),
            lambda: label_templates.template_of(session, world.cy, version.ref),
            lambda: designing.copy(session, world.cy, version.ref, "en", world.now),
            lambda: designing.save(session, world.cy, version.template_id, LABEL, 1, world.now),
            lambda: designing.set_active(session, world.cy, version.template_id, world.now, active=False),
            lambda: label_templates.template_of(session, world.cy, "own:99999"),
            lambda: label_templates.template_of(session, world.cy, "ready:nothing"),
            lambda: label_templates.template_of(session, world.cy, "own:²"),
            lambda: label_templates.template_of(session, world.cy, "x"),
        ):
            with pytest.raises(Unknown) as absent:
                act()
            assert absent.value.code == "unknown-label-template"
        with pytest.raises(Forbidden):
            designing.create(session, world.bo, LABEL, world.now)


def test_a_company_keeps_no_more_than_it_may(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(designing, "MOST_TEMPLATES", 1)
    monkeypatch.setattr(designing, "MOST_VERSIONS", 2)
    version = made(sqlite_world)
    with pytest.raises(Refused, match="no more are kept"):
        made(sqlite_world)
    second = saved(sqlite_world, version, height=21)
    with pytest.raises(Refused, match="no more are kept"):
        saved(sqlite_world, second, height=22)


# --- previews ---


def problems(document: dict[str, Any], kind: str = "usual") -> dict[int, tuple[str, str]]:
    found = label_previews.drawn(document, 203, "en", label_previews.sample(kind, "en"))
    return {one.number: (one.property, one.error.code) for one in found.problems}


def test_a_draft_is_drawn_but_for_what_is_wrong_with_it() -> None:
    good = LABEL["elements"][0]
    wrong = [
        {**good, "size": 1},
        {**good, "width": 3},
        {**good, "text": "{nothing}"},
        {"kind": "qr", "x": 1, "y": 1, "width": 3, "height": 3},
        {"kind": "image", "x": 1, "y": 1, "width": 3, "height": 3, "data": "no picture"},
        {"kind": "egg"},
        "no element",
    ]
    assert problems({**LABEL, "elements": [good, *wrong]}) == {
        2: ("size", "bad-element"),
        3: ("text", "text-too-long"),
        4: ("text", "unknown-label-field"),
        5: ("module", "symbol-too-small"),
        6: ("data", "bad-picture"),
        7: ("kind", "bad-element"),
        8: ("kind", "bad-element"),
    }
    clean = label_previews.drawn(LABEL, 203, "en", label_previews.sample("usual", "en"))
    assert (
        clean.png
        != label_previews.drawn(
            {**LABEL, "elements": []}, 203, "en", label_previews.sample("usual", "en")
        ).png
    )
    assert problems({**LABEL, "name": " "}) == {0: ("name", "bad-template")}


@pytest.mark.parametrize(
    "document",
    [None, [], "x", {}, {"width": 1}, {**LABEL, "elements": [{}] * 101}, {**LABEL, "elements": {}}, {**LABEL, "width": "NaN"}],
)  # fmt: skip
def test_a_draft_that_is_no_label_is_refused(document: object) -> None:
    with pytest.raises(TraceError):
        label_previews.drawn(document, 300, "en", label_previews.sample("usual", "en"))


def test_a_draft_too_large_for_a_picture_is_drawn_coarser() -> None:
    poster = {**LABEL, "width": 450, "height": 450, "elements": []}
    found = label_previews.drawn(poster, 600, "en", label_previews.sample("usual", "en"))
    assert found.dpi < 300


def test_an_element_that_is_not_for_this_content_is_told_as_hidden() -> None:
    element = {**LABEL["elements"][0], "when": "!name_en"}
    found = label_previews.drawn(
        {**LABEL, "elements": [element]}, 203, "en", label_previews.sample("usual", "en")
    )
    assert (found.hidden, found.problems) == ((1,), ())


@pytest.mark.parametrize(
    "changed",
    [
        {"width": 10**400},
        {"height": float("nan")},
        {"name": "\ud800"},
        {"title": "\0"},
        {"elements": [{**LABEL["elements"][0], "x": -(10**400)}]},
        {"elements": [{**LABEL["elements"][0], "text": "\ud800"}]},
        {"elements": [{**LABEL["elements"][0], "when": "\0"}]},
        {"elements": [{**LABEL["elements"][0], "size": True}]},
    ],
)
def test_what_no_database_and_no_answer_can_hold_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        label_templates.read({**LABEL, **changed})
    refused.value.english().encode()
