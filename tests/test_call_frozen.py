"""Values made and changed without their `__init__` are what dataclasses would have made of them."""

import dataclasses

import pytest

from bot.call.frozen import made, replace
from bot.call.values import Call, Member, MemberState
from bot.store import Store
from tests.test_store.examples import a_call

BEN = Member("UBEN", "t1-ben", rings=2)


def test_a_replaced_value_is_as_dataclasses_would_have_replaced_it() -> None:
    changed = replace(BEN, state=MemberState.RINGING)
    assert changed == dataclasses.replace(BEN, state=MemberState.RINGING)
    assert vars(changed) == vars(dataclasses.replace(BEN, state=MemberState.RINGING))
    assert hash(changed) == hash(dataclasses.replace(BEN, state=MemberState.RINGING))
    assert BEN.state is MemberState.INVITED
    with pytest.raises(dataclasses.FrozenInstanceError):
        changed.rings = 3  # type: ignore[misc]


def test_a_field_that_there_is_not_is_refused() -> None:
    with pytest.raises(TypeError, match="Member has no ringing"):
        replace(BEN, ringing=True)  # type: ignore[call-arg]


def test_what_is_made_of_all_fields_is_the_value() -> None:
    assert made(Member, vars(BEN)) == BEN


@pytest.mark.parametrize("kind", [Call, Member])
def test_no_init_does_more_than_set_fields(kind: type) -> None:
    assert not hasattr(kind, "__post_init__")
    assert all(field.init for field in dataclasses.fields(kind))


async def test_the_store_gives_all_fields(store: Store) -> None:
    call = a_call()
    await store.commit(lambda tx: tx.add_call(call, None))
    found = await store.look(lambda tx: tx.call(call.id))
    assert found is not None
    assert vars(found) == vars(call)
    assert [vars(member) for member in found.members] == [vars(member) for member in call.members]
