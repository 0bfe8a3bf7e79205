"""`ringer serve | sandbox | migrate | doctor`: arguments and exit codes.

Each command imports what it needs inside its own function: this is the one place where that is right, so that
`ringer --help` answers at once.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.sandbox.faults import Fault


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command that was asked for, and exit with its code."""
    asked = _parser().parse_args(argv)
    run: Callable[[argparse.Namespace], int] = asked.run
    try:
        code = run(asked)
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:  # Whoever read what we say has gone: `ringer sandbox --script | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 141
    sys.exit(code)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ringer", description="Ring people from Slack over Stream Video.")
    commands = parser.add_subparsers(required=True, metavar="command")

    serve = commands.add_parser("serve", help="run the bot against Slack and Stream")
    serve.set_defaults(run=_serve)

    sandbox = commands.add_parser("sandbox", help="run the bot between a stand-in Slack and a stand-in Stream")
    sandbox.add_argument("--script", action="store_true", help="play a story in the terminal, then stop")
    sandbox.add_argument("--json", action="store_true", help="print the addresses and keys as one line of JSON")
    sandbox.add_argument("--socket-mode", action="store_true", help="Slack reaches the bot by Socket Mode")
    sandbox.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="ROAD:KIND[:MATCH]",
        help="break something on purpose, as `slack.api:500:chat.update`; may be given several times",
    )
    sandbox.set_defaults(run=_sandbox)

    migrate = commands.add_parser("migrate", help="bring the database up to date")
    migrate.set_defaults(run=_migrate)

    doctor = commands.add_parser("doctor", help="check tokens, scopes, the webhook and the database")
    doctor.add_argument("--retry-dead", action="store_true", help="try again what was given up")
    doctor.set_defaults(run=_doctor)
    return parser


def _serve(asked: argparse.Namespace) -> int:
    from bot.app import StartError, running
    from bot.garbage import settle
    from bot.logs import set_up_logging
    from bot.settings import SettingsError, load_settings
    from bot.store import StoreError

    try:
        settings = load_settings(to_serve=True)
    except SettingsError as error:
        return _complain(str(error))
    set_up_logging(settings.log_format)

    async def serve() -> None:
        async with running(settings) as app:
            settle()
            _say(f"The bot is listening on {app.url}")
            await asyncio.Event().wait()

    try:
        asyncio.run(_until_stopped(serve()))
    except (StartError, StoreError, OSError) as error:
        return _complain(str(error))
    return 0


def _sandbox(asked: argparse.Namespace) -> int:
    from bot.logs import set_up_logging
    from bot.sandbox.faults import Fault

    try:
        faults = [Fault.read(text) for text in asked.fault]
    except ValueError as error:
        return _complain(str(error))
    set_up_logging("console", level=logging.ERROR if asked.script or asked.json else logging.WARNING)
    if asked.script:
        return asyncio.run(_script(faults))
    asyncio.run(_until_stopped(_open_sandbox(faults, as_json=asked.json, socket_mode=asked.socket_mode)))
    return 0


async def _script(faults: "Sequence[Fault]") -> int:
    from bot.sandbox.script import play

    try:
        await play(_say, faults)
    except (AssertionError, TimeoutError) as error:
        return _complain(f"\nThe story went otherwise: {error or 'nothing came to rest in time'}")
    _say("\nThe story went as told.")
    return 0


async def _open_sandbox(faults: "Sequence[Fault]", *, as_json: bool, socket_mode: bool) -> None:
    from bot.sandbox.control import Control
    from bot.sandbox.page import Page
    from bot.sandbox.world import world

    async with world(socket_mode=socket_mode) as sandbox:
        sandbox.faults.planned += faults
        people = [sandbox.workspace.person(name) for name in ("ana", "ben", "cy")]
        people.append(sandbox.workspace.person("dee", tz="America/New_York", clock_24h=False))
        sandbox.workspace.channel("support", *people)
        sandbox.workspace.usergroup("oncall", *people[1:3])
        control, page = Control(sandbox), Page(sandbox)
        await control.start()
        await page.start()
        try:
            addresses = {
                "page": page.url,
                "bot": sandbox.app.url if sandbox.app else "",
                "slack": sandbox.workspace.api_url,
                "stream": sandbox.coordinator.url,
                "control": control.url,
                "api_key": sandbox.settings.stream_api_key,
                "api_secret": sandbox.settings.stream_api_secret.get_secret_value(),
                "signing_secret": sandbox.workspace.signing_secret,
                "bot_token": sandbox.workspace.bot_token,
            }
            _say(json.dumps(addresses) if as_json else _welcome(addresses))
            await asyncio.Event().wait()
        finally:
            await page.stop()
            await control.stop()


def _welcome(addresses: dict[str, str]) -> str:
    page, control = addresses["page"], addresses["control"]
    rows = "\n".join(f"  {name:15} {value}" for name, value in addresses.items() if name != "page")
    ring = json.dumps({"who": "ana", "at": "#support", "text": '/ring @ben @cy "Prod is down"'})
    return (
        f"Open {page} in a browser: ana, ben, cy and dee are in #support, and the bot with them.\n\n"
        'As ana, type /ring @ben "Lunch?", and press Accept in ben\'s pane; a short story there shows the rest.\n\n'
        f"What runs behind it:\n\n{rows}\n\n"
        "Or play from another terminal (GET the control address for all there is):\n\n"
        f"  curl -s {control}/types -d '{ring}'\n"
        f"  curl -s '{control}/screen?who=ben'\n"
        f"""  curl -s {control}/presses -d '{{"who": "ben", "label": "Decline"}}'\n\n"""
        "All of it is on this machine only, and gone when you press Ctrl-C."
    )


def _migrate(asked: argparse.Namespace) -> int:
    from bot.settings import SettingsError, load_settings
    from bot.store import StoreError, migrate

    try:
        migrate(load_settings().database_url)
    except (SettingsError, StoreError) as error:
        return _complain(str(error))
    _say("The database is up to date.")
    return 0


def _doctor(asked: argparse.Namespace) -> int:
    from bot.doctor import examine
    from bot.settings import SettingsError, load_settings

    try:
        settings = load_settings()
    except SettingsError as error:
        return _complain(str(error))
    return asyncio.run(examine(settings, _say, retry_dead=asked.retry_dead))


async def _until_stopped(work: Coroutine[None, None, None]) -> None:
    """Do this until Ctrl-C or SIGTERM, which ends it wherever it is; a second one does not wait for it to tidy up."""
    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)

    def stop() -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def _complain(words: str) -> int:
    sys.stderr.write(f"{words}\n")
    return 1


if __name__ == "__main__":
    main()
