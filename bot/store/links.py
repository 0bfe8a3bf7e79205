"""Personal links to join, and the cookies that browsers are given for them: hashes, each of one person in one call."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import BindParameter, bindparam, func, insert, select

from bot.ledger import Link
from bot.store.tables import cookies, links
from bot.store.transaction import Transaction

_now: BindParameter[datetime] = bindparam("now")
_ADD_LINK = insert(links)
_LINK = select(links.c.call_id, links.c.user, links.c.expires_at, links.c.used_at).where(
    links.c.hash == bindparam("hash")
)
_USE = (
    links.update()
    .where(links.c.hash == bindparam("the_hash"), links.c.used_at.is_(None), links.c.expires_at > _now)
    .values(used_at=bindparam("used_at"))
)
_COUNTED = select(func.count(), func.count(links.c.used_at)).where(
    links.c.call_id == bindparam("call_id"), links.c.user == bindparam("user")
)
_ADD_COOKIE = insert(cookies)
_COOKIE = select(cookies.c.call_id, cookies.c.user, cookies.c.expires_at).where(
    cookies.c.hash == bindparam("hash"), cookies.c.expires_at > _now
)
_FORGET = [table.delete().where(table.c.expires_at < bindparam("before")) for table in (links, cookies)]


class LinkVerbs(Transaction):
    def add_links(self, links: Mapping[str, Link]) -> None:
        rows: list[dict[str, object]] = [
            {
                "hash": hash,
                "call_id": link.call_id,
                "user": link.user,
                "expires_at": link.expires_at,
                "used_at": link.used_at,
            }
            for hash, link in links.items()
        ]
        self.run_many(_ADD_LINK, rows)

    def link(self, hash: str) -> Link | None:
        row = self.run(_LINK, hash=hash).one_or_none()
        return Link(*row) if row else None

    def use_link(self, hash: str, now: datetime) -> bool:
        return self.run(_USE, the_hash=hash, now=now, used_at=now).rowcount == 1

    def links_used_up(self, call_id: str, user: str) -> bool:
        made, used = self.run(_COUNTED, call_id=call_id, user=user).one()
        return bool(0 < made == used)

    def add_cookie(self, hash: str, link: Link) -> None:
        self.run(_ADD_COOKIE, hash=hash, call_id=link.call_id, user=link.user, expires_at=link.expires_at)

    def cookie(self, hash: str, now: datetime) -> Link | None:
        row = self.run(_COOKIE, hash=hash, now=now).one_or_none()
        return Link(*row) if row else None

    def forget_links(self, before: datetime) -> None:
        for statement in _FORGET:
            self.run(statement, before=before)
