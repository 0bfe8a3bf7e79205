"""People, as Slack last described them, and whose Home is worth keeping true; and who the bot itself is."""

from collections.abc import Collection
from datetime import datetime
from hashlib import sha256

from sqlalchemy import bindparam, case, select
from sqlalchemy.dialects.postgresql import insert

from bot.person import Identity, Person
from bot.store.tables import homes, identities, people
from bot.store.transaction import Transaction

_FIELDS = tuple(Person.__dataclass_fields__)

_SOME = select(*(people.c[name] for name in _FIELDS)).where(
    people.c.team == bindparam("team"), people.c.user.in_(bindparam("users", expanding=True))
)
_person = insert(people)
_SAVE = _person.on_conflict_do_update(
    index_elements=["team", "user"],
    set_={name: _person.excluded[name] for name in _FIELDS if name not in ("team", "user")},
)
_home = insert(homes)
_OPENED = _home.on_conflict_do_update(
    index_elements=["team", "user"],
    set_={
        "opened_at": case(
            (_home.excluded.opened_at > homes.c.opened_at, _home.excluded.opened_at), else_=homes.c.opened_at
        )
    },
)
_HOMES_OPENED = (
    select(homes.c.user)
    .where(
        homes.c.team == bindparam("team"),
        homes.c.user.in_(bindparam("users", expanding=True)),
        homes.c.opened_at >= bindparam("since"),
    )
    .order_by(homes.c.user)
)

_WHOSE = select(identities.c.team, identities.c.user, identities.c.bot).where(
    identities.c.token_hash == bindparam("token_hash")
)
_identity = insert(identities)
_IDENTIFY = _identity.on_conflict_do_update(
    index_elements=["token_hash"], set_={name: _identity.excluded[name] for name in ("team", "user", "bot")}
)


class PeopleVerbs(Transaction):
    def person(self, team: str, user: str) -> Person | None:
        return self.people(team, [user]).get(user)

    def people(self, team: str, users: Collection[str]) -> dict[str, Person]:
        if not users:
            return {}
        return {row.user: Person(*row) for row in self.run(_SOME, team=team, users=list(users))}

    def save_people(self, people: Collection[Person]) -> None:
        # In one order everywhere, so that two replicas saving the same people do not wait for each other in a circle.
        newest = {(person.team, person.user): person for person in people}
        self.run_many(_SAVE, [{f: getattr(newest[key], f) for f in _FIELDS} for key in sorted(newest)])

    def opened_home(self, team: str, user: str, now: datetime) -> None:
        self.run(_OPENED, team=team, user=user, opened_at=now)

    def homes_opened(self, team: str, users: Collection[str], since: datetime) -> list[str]:
        if not users:
            return []
        return list(self.run(_HOMES_OPENED, team=team, users=list(users), since=since).scalars())

    def identity(self, token: str) -> Identity | None:
        """Whose this bot token was when Slack was last asked; None if it never was."""
        row = self.run(_WHOSE, token_hash=_hash(token)).one_or_none()
        return None if row is None else Identity(*row)

    def save_identity(self, token: str, whose: Identity) -> None:
        self.run(_IDENTIFY, token_hash=_hash(token), team=whose.team, user=whose.user, bot=whose.bot)


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
