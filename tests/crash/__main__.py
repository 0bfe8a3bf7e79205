"""`python -m tests.crash`: every scene on every database with a death at every point, 500 rings while somebody dies
every second, and a storm of 10,000 webhooks; prints what came of it.

    python -m tests.crash [--share N] [--scene WORDS] [--where WORDS] [--at-once N] [--rings N] [--storm CALLS]

`--scene` and `--where` leave out all scenes and databases whose names lack these words. `--rings 0` and `--storm 0`
leave those out; so does `--scene`.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
from pathlib import Path

import structlog

from tests.crash.kills import Survived, random_kills
from tests.crash.plays import Played, Where
from tests.crash.runs import AT_ONCE, Run, databases, each_nth, everything, run, turn_of_this_commit, turns
from tests.crash.scenes import SCENES, Scene
from tests.databases import SqliteFiles
from tests.test_webhook_storm import differences

TABLE = "\n| scene | database | points | killed at | not reached | failures | time |\n|---|---|---|---|---|---|---|"


def main() -> int:
    asked = _asked()
    _be_quiet()
    failures = 0
    with databases() as wheres:
        chosen = [where for where in wheres if asked.where in where.name]
        runs = _scenes(asked, chosen)
        survived = [] if asked.scene else _kills(asked.rings, chosen)
    _say(TABLE)
    for each in runs:
        _say(_row(each))
        failures += len(each.failures) + bool(each.recorded.wrong)
    for one in survived:
        _say(f"| {one.rings} rings | {one.where} | – | {one.deaths} | – | {len(one.wrong)} | {one.seconds:.0f} s |")
        failures += len(one.wrong)
    if asked.storm and not asked.scene:
        failures += _storm(asked.storm)
    return 1 if failures or not (runs or survived or asked.storm) else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash")
    parser.add_argument("--share", type=int, default=1, help="play with each N-th point only")
    parser.add_argument("--scene", action="append", help="only scenes whose name has these words; may be repeated")
    parser.add_argument("--where", default="", help="only databases whose name has these words")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help="plays side by side")
    parser.add_argument("--rings", type=int, default=500, help="rings while somebody dies every second")
    parser.add_argument("--storm", type=int, default=1000, help="calls in the storm of webhooks")
    return parser.parse_args()


def _scenes(asked: argparse.Namespace, wheres: list[Where]) -> list[Run]:
    return [each for where in wheres for each in asyncio.run(_scenes_on(where, asked))]


async def _scenes_on(where: Where, asked: argparse.Namespace) -> list[Run]:
    """One after the other, but that the next is begun while the last plays of the one before go on."""
    share = each_nth(asked.share, turn_of_this_commit()) if asked.share > 1 else everything
    chosen = [scene for scene in SCENES if any(words in scene.name for words in asked.scene or [""])]
    its_turn = turns(where, asked.at_once)

    async def one(scene: Scene) -> Run:
        played = await run(scene, where, share, its_turn, _tell)
        _say(_row(played))
        return played

    return await asyncio.gather(*map(one, chosen))


def _kills(rings: int, wheres: list[Where]) -> list[Survived]:
    survived = []
    for where in wheres if rings else ():
        one = asyncio.run(random_kills(where, rings, seed=turn_of_this_commit()))
        for wrong in one.wrong:
            _say(f"FAILED {rings} rings · {where.name}: {wrong}")
        survived.append(one)
    return survived


def _storm(calls: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "calm").mkdir()
        (Path(folder) / "storm").mkdir()
        files = SqliteFiles(Path(folder))
        calm, storm = (files.database(Path(folder) / name) for name in ("calm", "storm"))
        found = asyncio.run(differences(calm, storm, calls=calls, seed=turn_of_this_commit()))
    for each in found:
        _say(f"FAILED storm: {each}")
    _say(f"A storm of the webhooks of {calls} calls: {len(found)} stand otherwise than in calm weather")
    return len(found)


def _tell(played: Played) -> None:
    if played.wrong:
        _say(f"FAILED {played}")


def _row(run: Run) -> str:
    killed = len(run.plays) - len(run.passed_by)
    failed = "the scene itself" if run.recorded.wrong else str(len(run.failures))
    columns = [run.scene.name, run.where.name, len(run.recorded.points), killed, len(run.passed_by), failed]
    return "| " + " | ".join(str(each) for each in (*columns, f"{run.seconds:.0f} s")) + " |"


def _be_quiet() -> None:
    """The bot of the storm runs in this process, and would tell of every webhook that came too late."""
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
