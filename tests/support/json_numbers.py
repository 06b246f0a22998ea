"""Numbers by chance as they may stand in JSON, and what Python reads.

A case is {"seed": number, "count": number}; the answer is a list of pairs: the text, and the number
as Python writes it, or null where it reads none.
"""

import json
import random
import sys

KNOWN = ["0", "-0", "-0.0", "1e400", "-1e400", "1e-400", "5e-324", "2.4703282292062327e-324"]
KNOWN += ["2.4703282292062328e-324", "1.7976931348623157e308", "1.7976931348623159e308", "01", "+1"]
KNOWN += ["9007199254740993", "9007199254740993.0", "9223372036854775807", "9223372036854775808"]
KNOWN += ["-9223372036854775808", "-9223372036854775809", "18446744073709551615", ".5", "5.", "1e"]
KNOWN += ["18446744073709551616", "9" * 4300, "-" + "9" * 4300, "9" * 4301, "9" * 5000 + ".5"]
KNOWN += ["0." + "3" * 5000, "1" + "0" * 400 + ".0", "0." + "0" * 400 + "1", "NaN", "Infinity", "nan"]
KNOWN += ["-Infinity", "+Infinity", "-NaN", "inf", "1E5", "1e+05", "1e-05", "0x10", "1_000", "--1"]
KNOWN += ["0.1e1", "0e0", "-0e5", "00", "1.e5", "1e5.5", "-", "1e99999999999", "1e-99999999999"]


def digits(chance, most):
    return "".join(chance.choice("0123456789") for _ in range(chance.randint(1, most)))


def number(chance):
    """Nearly always a number of JSON."""
    whole = chance.choice(["0", str(chance.randint(1, 99)), str(chance.randint(1, 10**22))])
    fraction = "." + digits(chance, 24) if chance.random() < 0.5 else ""
    sign = chance.choice(["", "-", "+"])
    exponent = chance.choice("eE") + sign + digits(chance, 3) if chance.random() < 0.4 else ""
    text = chance.choice(["", "-"]) + whole + fraction + exponent
    return damaged(chance, text) if chance.random() < 0.2 else text


def damaged(chance, text):
    place = chance.randrange(len(text))
    return text[:place] + chance.choice(["", *"0123456789.eE+-"]) + text[place + 1 :]


def halfway(chance):
    """The text of a number between two doubles, in all its digits."""
    mantissa = chance.randrange(2**52, 2**53) * 2 + 1
    return str(mantissa * 2 ** chance.randint(1, 200)) + chance.choice([".0", ".1", "e0"])


def written(text):
    try:
        return json.dumps(json.loads(text))
    except ValueError:
        return None


def pairs(case):
    chance = random.Random(case["seed"])
    some = [halfway(chance) if chance.random() < 0.1 else number(chance) for _ in range(case["count"])]
    return [[text, written(text)] for text in KNOWN + some if text]


if __name__ == "__main__":
    answers = [pairs(case) for case in json.load(sys.stdin)]
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(answers, file)
