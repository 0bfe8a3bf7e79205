"""A call and its life: pure values and transitions; `now` comes in, nothing goes out.

values    what a call is               change    what a transition gives back
ringing   being rung                   answering accepting, joining, declining
inviting  more people, or once more    meeting   being in, leaving, ending
planning  calls for later              due       what time does to a call
"""
