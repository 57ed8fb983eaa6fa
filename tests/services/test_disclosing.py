"""What a partner's node is told, on each database: decided by who took part, told in one form."""

from app.domain.disclosure import Introduction
from app.services import disclosing
from app.services.disclosing import Asker, Question
from app.store.database import reading, writing
from app.store.tables import Organisation
from tests.support.world import World


def test_a_party_is_told_and_a_stranger_is_not(world: World) -> None:
    piece = world.piece()
    with writing(world.engine) as session:
        dee = session.get_one(Organisation, world.dee.organisation_id)
        dee.elsewhere = True
    world.do("ship", piece, destination=world.dee.prefix)
    with reading(world.engine) as session:
        question = Question((piece,), (piece,))
        told = disclosing.disclosed(session, Asker(world.dee.prefix), question, world.now)
        assert [node.epc for node in told.nodes] == [piece]
        assert "ship" in [record.step for record in told.records]
        nothing = disclosing.disclosed(session, Asker("88.118.9009"), question, world.now)
        missing = disclosing.disclosed(
            session, Asker("88.118.9009"), Question(("hdl:88.118.1001/X",)), world.now
        )
        assert nothing == missing
        assert [row.to for row in disclosing.shipments(session, [piece], world.dee.prefix)] == [
            world.dee.prefix
        ]
        assert disclosing.shipments(session, [piece], "88.118.9009") == []


def test_a_member_of_the_chain_is_told_where_the_chain_is_shared(world: World) -> None:
    piece = world.piece()
    with writing(world.engine) as session:
        session.get_one(Organisation, world.dee.organisation_id).elsewhere = True
        session.get_one(Organisation, world.ana.organisation_id).sharing = "chain"
    world.do("ship", piece, destination=world.dee.prefix)
    words = (Introduction(world.dee.prefix, "88.118.9009", frozenset({piece})),)
    with reading(world.engine) as session:
        told = disclosing.disclosed(session, Asker("88.118.9009", words), Question((piece,)), world.now)
    assert [node.epc for node in told.nodes] == [piece]
