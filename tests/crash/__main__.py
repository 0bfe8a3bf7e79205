"""`python -m tests.crash`: every scene on every database with a death at every point; prints what came of it.

python -m tests.crash [--share N] [--scene WORDS] [--where WORDS] [--at-once N]
"""

import argparse
import asyncio
import sys

from tests.crash.plays import Played
from tests.crash.runs import AT_ONCE, Run, databases, each_nth, everything, run, turn_of_this_commit
from tests.crash.scenes import SCENES


def main() -> int:
    asked = _asked()
    share = each_nth(asked.share, turn_of_this_commit()) if asked.share > 1 else everything
    runs: list[Run] = []
    with databases() as wheres:
        for where in wheres:
            for scene in SCENES:
                if asked.where in where.name and asked.scene in scene.name:
                    runs.append(asyncio.run(run(scene, where, share, _tell, asked.at_once)))
                    _say(_row(runs[-1]))
    _say("\n| scene | database | points | killed at | not reached | failures | time |\n|---|---|---|---|---|---|---|")
    for each in runs:
        _say(_row(each))
    broken = [each for each in runs if each.recorded.wrong or each.failures]
    return 1 if broken or not runs else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash")
    parser.add_argument("--share", type=int, default=1, help="play with each N-th point only")
    parser.add_argument("--scene", default="", help="only scenes whose name has these words")
    parser.add_argument("--where", default="", help="only databases whose name has these words")
    parser.add_argument("--at-once", type=int, default=AT_ONCE)
    return parser.parse_args()


def _tell(played: Played) -> None:
    if played.wrong:
        _say(f"FAILED {played}")


def _row(run: Run) -> str:
    killed = len(run.plays) - len(run.passed_by)
    failed = "the scene itself" if run.recorded.wrong else str(len(run.failures))
    columns = [run.scene.name, run.where.name, len(run.recorded.points), killed, len(run.passed_by), failed]
    return "| " + " | ".join(str(each) for each in (*columns, f"{run.seconds:.0f} s")) + " |"


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
