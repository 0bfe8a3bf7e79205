"""Huddle Ringer: ring people from Slack over Stream Video.

What it does    call (a call and its life, pure) · ringer (the product's verbs) · when (times people type)
What it owes    work (kinds of work) · messages (which Slack messages there are) · ledger (what is asked of a store)
                store (the ledger's database) · worker, clock, intake (what makes it go on)
Slack           slack (listeners, drawing, painting, people)
Stream          stream (the client and its webhooks) · relay (carries out what is owed there, asks how calls stand)
Joining         join (the page where a person joins)
Around it       web (the HTTP server) · settings · logs · doctor · __main__ (the commands)
                app (puts it together) · life (what then runs)
To try it       sandbox (a stand-in Slack and a stand-in Stream, with people in them)
"""
