"""Days and microseconds since 1970-01-01T00:00:00Z as calendar parts, in UTC (`src/transform/text/calendar.ts`).

Whole numbers only; the functions on days also take NumPy's int64 arrays.
"""

import re

DAY_US = 86_400_000_000

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_TIMESTAMP = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6})[0-9]*)?)?"
    r"(Z|z|[+-][0-9]{2}:?[0-9]{2})?",
    re.ASCII,
)


def _civil(days):
    """Era year, month counted from March, and day of the month."""
    shifted = days + 719468
    era = shifted // 146097
    day_of_era = shifted - era * 146097
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month_from_march = (5 * day_of_year + 2) // 153
    day_of_month = day_of_year - (153 * month_from_march + 2) // 5 + 1
    return year_of_era + era * 400, month_from_march, day_of_month


def year(days):
    """The year of a day since 1970."""
    era_year, month_from_march, _ = _civil(days)
    return era_year + (month_from_march >= 10)


def month(days):
    """1 to 12."""
    month_from_march = _civil(days)[1]
    return month_from_march + 3 - 12 * (month_from_march >= 10)


def day(days):
    """1 to 31."""
    return _civil(days)[2]


def weekday(days):
    """Monday 0 to Sunday 6."""
    return (days + 3) % 7


def _first_of_year(of_year):
    """The day since 1970 of a year's first of January."""
    before = of_year - 1
    return 365 * (of_year - 1970) + before // 4 - before // 100 + before // 400 - 477


def day_of_year(days):
    """1 to 366."""
    return days - _first_of_year(year(days)) + 1


def week(days):
    """The ISO 8601 week, 1 to 53."""
    thursday = days - weekday(days) + 3
    return (day_of_year(thursday) - 1) // 7 + 1


def days_from_civil(of_year, of_month, of_day):
    """The day since 1970 of a calendar date."""
    from_march = of_year - (of_month <= 2)
    era = from_march // 400
    year_of_era = from_march - era * 400
    shifted_month = of_month - 3 if of_month > 2 else of_month + 9
    day_in_year = (153 * shifted_month + 2) // 5 + of_day - 1
    return era * 146097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_in_year - 719468


def format_date(days):
    """2001-01-31; years before 0 or after 9999 with a sign and six digits."""
    days = int(days)
    of_year = year(days)
    text = f"{of_year:04d}" if 0 <= of_year <= 9999 else f"{'-' if of_year < 0 else '+'}{abs(of_year):06d}"
    return f"{text}-{month(days):02d}-{day(days):02d}"


def format_timestamp(microseconds):
    """2001-01-31T06:05:04Z, with six digits of the second where it is not whole."""
    days, rest = divmod(int(microseconds), DAY_US)
    seconds, fraction = divmod(rest, 1_000_000)
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{format_date(days)}T{clock}{f'.{fraction:06d}' if fraction else ''}Z"


def parse_date(text):
    """Days since 1970 of 2001-01-31; None for any other text and for days that do not exist."""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    of_year, of_month, of_day = (int(part) for part in match.groups())
    if not (1 <= of_month <= 12 and 1 <= of_day <= 31):
        return None
    days = days_from_civil(of_year, of_month, of_day)
    return days if day(days) == of_day else None


def parse_timestamp(text):
    """Microseconds since 1970 of an ISO 8601 text, UTC where it has no zone; None for any other text."""
    days = parse_date(text)
    if days is not None:
        return days * DAY_US
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        return None
    date_text, hour, minute, second, fraction, zone = match.groups()
    days = parse_date(date_text)
    offset = _zone_minutes(zone)
    hour, minute, second = int(hour), int(minute), int(second or 0)
    if days is None or offset is None or hour > 23 or minute > 59 or second > 59:
        return None
    microseconds = int((fraction or "").ljust(6, "0"))
    return days * DAY_US + ((hour * 60 + minute - offset) * 60 + second) * 1_000_000 + microseconds


def _zone_minutes(zone):
    if zone is None or zone in "Zz":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    if hours > 23 or minutes > 59:
        return None
    return (-1 if zone[0] == "-" else 1) * (hours * 60 + minutes)
