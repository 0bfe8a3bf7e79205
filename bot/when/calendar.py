"""The English words for days, months and time zones, and how people shorten them."""

import re

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
WEEKDAY_WORD = "(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?"
MONTH_WORD = (
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    "|nov(?:ember)?|dec(?:ember)?)"
)
_ZONES = "utc gmt z cet cest eet eest wet west bst ist jst kst hkt sgt msk nzst nzdt aest aedt acst acdt awst"
ZONE = re.compile(rf"\b(?:{_ZONES.replace(' ', '|')}|[ecmp][sd]?t)\b")
WEEKDAY = re.compile(rf"(?:(this|next|coming) )?({WEEKDAY_WORD})(?: (next week))?|(next week) ({WEEKDAY_WORD})")
NAMED_DAY = re.compile(
    rf"(?:on )?(?:today|tomorrow|tmrw|yesterday|(?:the )?day after tomorrow|{WEEKDAY.pattern})(?: at)?"
)
