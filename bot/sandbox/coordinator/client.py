"""A person's own Stream client, on their phone say: it speaks to the coordinator over HTTP with a token of theirs."""

from typing import Any

import aiohttp

from .tokens import user_token


class ClientRefused(Exception):
    """The coordinator refused what this client asked."""

    def __init__(self, status: int, answer: dict[str, Any]) -> None:
        super().__init__(answer.get("message", ""))
        self.status, self.answer = status, answer
        self.code: int = answer.get("code", 0)


class Client:
    def __init__(self, url: str, api_key: str, api_secret: str, user_id: str) -> None:
        self.user_id, self._url, self._api_key = user_id, url, api_key
        self._secret = api_secret

    async def creates(self, cid: str, members: list[str], *, ring: bool = False, video: bool = False) -> dict[str, Any]:
        data = {"members": [{"user_id": one} for one in members]}
        return await self._asks("POST", _path(cid), {"data": data, "ring": ring, "video": video})

    async def gets(self, cid: str) -> dict[str, Any]:
        return await self._asks("GET", _path(cid))

    async def rings(self, cid: str, members: list[str] | None = None) -> dict[str, Any]:
        return await self._asks("POST", f"{_path(cid)}/ring", {"members_ids": members or []})

    async def accepts(self, cid: str) -> None:
        await self._asks("POST", f"{_path(cid)}/accept")

    async def rejects(self, cid: str, reason: str | None = None) -> None:
        await self._asks("POST", f"{_path(cid)}/reject", {"reason": reason} if reason else {})

    async def joins(self, cid: str) -> None:
        """Asks to join as every client does, then is in."""
        await self._asks("POST", f"{_path(cid)}/join", {"location": "auto"})
        await self._asks("POST", "/sandbox/join", {"cid": cid, "token": self._token()})

    async def leaves(self, cid: str) -> None:
        await self._asks("POST", "/sandbox/leave", {"cid": cid, "token": self._token()})

    async def ends(self, cid: str) -> None:
        await self._asks("POST", f"{_path(cid)}/mark_ended")

    def _token(self) -> str:
        return user_token(self._secret, self.user_id)

    async def _asks(self, verb: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {
            "Authorization": self._token(),
            "stream-auth-type": "jwt",
            "X-Stream-Client": "stream-video-sandbox-phone",
        }
        query = {"api_key": self._api_key, "user_id": self.user_id}
        async with (
            aiohttp.ClientSession(self._url, headers=headers) as session,
            session.request(verb, path, params=query, json=body) as answer,
        ):
            found: dict[str, Any] = await answer.json()
            if answer.status >= 400:
                raise ClientRefused(answer.status, found)
            return found


def _path(cid: str) -> str:
    kind, _, call_id = cid.partition(":")
    return f"/video/call/{kind}/{call_id}"
