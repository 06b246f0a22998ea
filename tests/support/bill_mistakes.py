"""Holds bills of materials against the schema of CycloneDX 1.6.

Reads a JSON list of bills from standard input, and writes for each what is wrong with it, or null,
to the file that is named.
"""

import json
import sys

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

VALIDATOR = JsonStrictValidator(SchemaVersion.V1_6)


def mistake(bill):
    """The first mistake, or None."""
    found = VALIDATOR.validate_str(json.dumps(bill))
    return None if found is None else str(found)


with open(sys.argv[1], "w", encoding="utf-8") as answers:
    json.dump([mistake(bill) for bill in json.load(sys.stdin)], answers)
