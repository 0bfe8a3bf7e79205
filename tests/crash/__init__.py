"""What is proven of crashes: wherever a process dies, nothing is lost and nothing is doubled.

The bot runs in processes of its own (`tests/replica.py`), against the stand-ins of Slack and Stream in the test's
process. Each scene is played once with nobody dying; that run gives its points: every request the bot makes, and every
commit that writes something. Then it is played once for each of them, before and after, and there the process is
killed with -9. On SQLite it is started again; on Postgres another replica takes over.

points      the points, and the trigger that the stand-ins and the commits pull
replicas    the processes, seen from outside           proxy       the address that Slack and Stream know
theatre     stand-ins, processes and proxy together    scenes      what is played
invariants  what must hold at the end of every play    plays, runs one play; many of them

`python -m tests.crash` plays everything and prints a table; the tests play a share that is the same for everybody who
runs the same commit, and another one for the next commit.
"""
