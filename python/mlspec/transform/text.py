"""Text and numbers as text, fixed for both interpreters (`src/transform/text/`).

White space, letters and separators are listed here and not asked of the runtime, since every runtime follows another version
of Unicode.
"""

import math
import re

from .lower_case_table import LOWER_CASE_RUNS

WHITE_SPACE = "".join(
    map(
        chr,
        [9, 10, 11, 12, 13, 32, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000],
    )
)

# First and last code points of what separates words.
SEPARATOR_RANGES = (
    (0x00, 0x2F),
    (0x3A, 0x40),
    (0x5B, 0x60),
    (0x7B, 0xA9),
    (0xAB, 0xB1),
    (0xB4, 0xB4),
    (0xB6, 0xB8),
    (0xBB, 0xBF),
    (0xD7, 0xD7),
    (0xF7, 0xF7),
    (0x1680, 0x1680),
    (0x2000, 0x206F),
    (0x3000, 0x3004),
    (0x3008, 0x3020),
    (0x3030, 0x3030),
    (0xFEFF, 0xFEFF),
    (0xFF01, 0xFF0F),
    (0xFF1A, 0xFF20),
    (0xFF3B, 0xFF40),
    (0xFF5B, 0xFF65),
)

_SEPARATORS = re.compile(
    "[" + "".join(f"{re.escape(chr(a))}-{re.escape(chr(b))}" for a, b in SEPARATOR_RANGES) + "]+"
)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
_INFINITE = re.compile(r"([+-]?)inf(?:inity)?", re.ASCII | re.IGNORECASE)
_NAN = re.compile(r"nan", re.ASCII | re.IGNORECASE)


def _lower_case_map():
    table = {code: code + 32 for code in range(0x41, 0x5B)}
    for i in range(0, len(LOWER_CASE_RUNS), 4):
        first, last, step, distance = LOWER_CASE_RUNS[i : i + 4]
        for code in range(first, last + 1, step):
            table[code] = code + distance
    return table


_LOWER = _lower_case_map()


def trim(text):
    """The text without white space at its ends."""
    return text.strip(WHITE_SPACE)


def lower(text):
    """Lower case, letter for letter: Unicode's simple mapping, version 13.0."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


def words(text):
    """The words of a text: lower case, separated by white space, punctuation and symbols."""
    return [word for word in _SEPARATORS.split(lower(text)) if word != ""]


def format_number(value):
    """The shortest decimal that reads back as the same double, in ECMAScript's notation; nan, inf, -inf."""
    if value != value:
        return "nan"
    if value in (math.inf, -math.inf):
        return "inf" if value > 0 else "-inf"
    if value == 0:
        return "0"
    if value.is_integer() and -9007199254740992 <= value <= 9007199254740992:
        return str(int(value))
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    point = len(whole) + int(exponent or 0)
    digits = whole + fraction
    point -= len(digits) - len(digits.lstrip("0"))
    digits = digits.strip("0")
    return ("-" if value < 0 else "") + _place_point(digits, point)


def _place_point(digits, point):
    count = len(digits)
    if count <= point <= 21:
        return digits + "0" * (point - count)
    if 0 < point <= 21:
        return digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    exponent = point - 1
    head = digits if count == 1 else digits[0] + "." + digits[1:]
    return f"{head}e{'+' if exponent > 0 else '-'}{abs(exponent)}"


def parse_number(trimmed):
    """The number that a trimmed text spells, or None."""
    if _NUMBER.fullmatch(trimmed):
        return float(trimmed)
    infinite = _INFINITE.fullmatch(trimmed)
    if infinite:
        return -math.inf if infinite.group(1) == "-" else math.inf
    return math.nan if _NAN.fullmatch(trimmed) else None


_MASK = 0xFFFFFFFFFFFFFFFF


def hash64(text):
    """The stable 64-bit hash of a text: FNV-1a over UTF-8, finished as in MurmurHash3. Lone surrogates count as U+FFFD."""
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:
        data = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode("utf-8")
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & _MASK
    value ^= value >> 33
    value = (value * 0xFF51AFD7ED558CCD) & _MASK
    value ^= value >> 33
    value = (value * 0xC4CEB9FE1A85EC53) & _MASK
    return value ^ (value >> 33)


def hash_bucket(text, bucket_count):
    """The hash modulo a number of buckets."""
    return hash64(text) % bucket_count


def escape_crossed(text):
    """The text with a backslash before every | and backslash."""
    return text.replace("\\", "\\\\").replace("|", "\\|")
