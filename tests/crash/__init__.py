"""What is proven of crashes: wherever a process dies, nothing is lost and nothing is doubled.

The bot runs in processes of its own (`tests/replica.py`), against the stand-ins of Slack and Stream in the test's
process. Each scene is played once with nobody dying; that run gives its points: every request the bot makes, and every
commit that writes something. Then it is played once for each of them, before and after, and there the process is
killed with -9. On SQLite it is started again; on Postgres another of two or three replicas takes over, when the
lease of the dead has run out. Where all are dead, as on SQLite, nobody is left to whom a lease could mean anything, and
it is ended by hand before one is started again (`theatre._leases_run_out`); that it runs out by itself there too is
tried where a crowd rings (`kills`).

At the end of every play: each command that was accepted is one call, in the ledger and on Stream, with one card, one
direct message for each ring of each callee, each line of its thread once and in order; every answer has reached
Stream; nobody was rung after the end or past the deadline, or told twice that they missed it; nothing is owed, claimed
or unapplied for ever, and nothing is dead. And Slack and Stream look as they do where nobody died.

Each at least once, because nobody can be asked whether it was done: what one person alone is told (ephemerals, answers
by response_url), a repeated notify, and the ring of people who are added to (or rung again in) a call that is on. The
ring that begins a call is looked up, and made once.

points      the points, and the trigger that the stand-ins and the commits pull
replicas    the processes, seen from outside           proxy       the address that Slack and Stream know
theatre     stand-ins, processes and proxy together    scenes      what is played
invariants  what must hold at the end of every play    plays, runs one play; many of them
crowd       many who ring at once                      kills       a crowd, and a death every second

test_points    a share of the plays, the same every time: in each scene one of each road (test_points_postgres: a
               quarter of them)
test_kills     a smaller crowd                         test_replicas  take-over, rolling restart, clocks, plans
test_outages   Slack, Stream, the database, the disk; what was given up
../test_webhook_storm.py  webhooks lost, doubled, late and out of order

`python -m tests.crash` plays everything and prints a table. What it cannot prove: that a disk keeps what it says it
has synced; what real Slack and Stream do where their documentation is silent (the stand-ins do what it says); deaths
in the microseconds between two commits and requests, but those that random kills hit; two deaths at chosen points.
"""
