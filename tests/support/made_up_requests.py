"""Signatures and requests by chance, the same for the same seed.

Most values fit their type, so that requests come to the last check; the others are what people send
by mistake. Left out is where the library differs from MLflow on purpose, see `docs/enforcement.md`:
layouts of times that pandas guesses, units of times that numpy has and pandas has not, half
surrogates, nesting deeper than 256, numbers far below zero for a `uint32`, of which a processor makes
this or that by the length of the array, and numbers beside texts in a tensor of times, which numpy
takes for years.
"""

import json
import random

SCALARS = ["boolean", "integer", "long", "float", "double", "string", "binary", "datetime"]
IN_CSV = SCALARS[:-1]
DTYPES = ["float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16"]
DTYPES += ["uint32", "uint64", "bool", "str", "bytes", "object", "datetime64[ns]"]

TRUTHS = [True, False]
WHOLE = [0, 1, 2, -1, 5, 300, 2**31, 2**53 + 1, -(2**31) - 1]
LARGE = [2**63, 2**64, 1e40, -(2**63)]
REAL = [0.0, 1.0, 1.5, -2.25, 1e-7, 1e20, 3.0, 0.1]
NO_NUMBERS = [float("nan"), float("inf"), float("-inf")]
TEXTS = ["a", "", "5", "1.5", "true", "YWJj", "é", "x y", "nan", "5 ", " 7", "1e3"]
TIMES = ["2024-01-02", "2024-01-02T03:04:05", "2024-01-02 03:04", "2024-03-04", "NaT"]
LAYOUTS = ["2024-01-02T03:04:05Z", "2024-01-02T03:04:05.678", "2024-01-02T03:04:05+02:00"]
LAYOUTS += ["2024/01/02", "01/02/2024", "20240102", "Jan 2, 2024", "2 January 2024", "2024"]

FITTING = {
    "boolean": TRUTHS,
    "integer": [*range(-5, 6)],
    "long": [*range(-9, 10)],
    "float": [0.5, 1, 0, 1.0, 2.25],
    "double": [0.5, 1, 0, 1.0, 2.25, 3],
    "string": ["a", "bc", ""],
    "binary": ["YWJj"],
    "datetime": ["2024-01-02", "2024-03-04"],
}
NEARLY_FITTING = {
    "boolean": [TRUTHS] * 6 + [WHOLE, TEXTS, [None]],
    "integer": [WHOLE] * 6 + [REAL, TRUTHS, TEXTS, [None]],
    "long": [WHOLE] * 6 + [REAL, TRUTHS, TEXTS, [None], LARGE],
    "float": [REAL] * 5 + [WHOLE] * 2 + [[None], TRUTHS, TEXTS, NO_NUMBERS],
    "double": [REAL] * 5 + [WHOLE] * 2 + [[None], TRUTHS, TEXTS, NO_NUMBERS, LARGE],
    "string": [TEXTS + TIMES] * 6 + [WHOLE, [None], REAL, TRUTHS],
    "binary": [TEXTS] * 6 + [[None]],
    "datetime": [TIMES] * 4 + [LAYOUTS] * 2 + [TEXTS, WHOLE, [None], REAL],
}
PARAMETERS = {
    "boolean": True,
    "integer": 1,
    "long": 1,
    "float": 0.5,
    "double": 0.5,
    "string": "s",
    "datetime": "2020-01-01T00:00:00",
}
CSV_MISTAKES = ["", "NA", "x", "1.5", "-1", "inf", '"q,r"', "null", "2147483648", "True"]
CSV_MISTAKES += ["9223372036854775808", "1_0", " 3", '"a""b"', "-Infinity", "1e400"]


class Chance(random.Random):
    """The source of all chance."""

    def holds(self, probability):
        return self.random() < probability

    def value(self, depth=0):
        """Any value."""
        pools = [TRUTHS, WHOLE, REAL, TEXTS + TIMES, [None], LARGE, NO_NUMBERS, "list", "map"]
        pool = self.choice(pools)
        if pool == "list":
            return [self.value(depth + 1) for _ in range(self.randint(0, 3))] if depth < 2 else 1
        if pool == "map":
            keys = self.sample("xyz", self.randint(0, 2))
            return {key: self.value(depth + 1) for key in keys} if depth < 2 else "q"
        return self.choice(pool)

    def scalar(self, name, fitting):
        """A value for a scalar type, which fits with a probability."""
        if name == "any":
            return self.value()
        if name == "sparkml_vector":
            return [self.choice([0.5, 1.5]) for _ in range(self.randint(0, 3))]
        if self.holds(fitting):
            return self.choice(FITTING[name])
        return self.choice(self.choice(NEARLY_FITTING[name])) if self.holds(0.9) else self.value()

    def cell(self, kind, fitting=0.85):
        """A value for a type."""
        if kind["type"] not in ("array", "map", "object"):
            return self.scalar(kind["type"], fitting)
        if self.holds(0.07):
            return self.value()
        if kind["type"] == "array":
            return [self.cell(kind["items"], 0.93) for _ in range(self.randint(0, 3))]
        if kind["type"] == "map":
            keys = self.sample("klm", self.randint(0, 2))
            return {key: self.cell(kind["values"]) for key in keys}
        given = {k: v for k, v in kind["properties"].items() if v["required"] or self.holds(0.5)}
        return {key: self.cell(value, 0.93) for key, value in given.items()}

    def kind(self, depth=0):
        """A type of a column."""
        which = self.random()
        if depth >= 2 or which < 0.65:
            return {"type": self.choice(SCALARS)}
        if which < 0.8:
            return {"type": "array", "items": self.kind(depth + 1)}
        if which < 0.87:
            return {"type": "map", "values": self.kind(depth + 1)}
        if which < 0.94:
            names = self.sample("xnz", self.randint(1, 2))
            return {"type": "object", "properties": {name: self.member(depth) for name in names}}
        # MLflow takes a vector for a column only.
        return {"type": self.choice(["any", "any" if depth else "sparkml_vector"])}

    def member(self, depth):
        return dict(self.kind(depth + 1), required=self.holds(0.6))


class Columns:
    """A signature of columns, and requests for it."""

    def __init__(self, chance):
        self.chance = chance
        count = chance.choice([1, 1, 1, 2, 2, 3])
        self.names = chance.sample("abcd", count)
        self.kinds = [chance.kind() for _ in self.names]
        self.is_named = chance.holds(0.85)
        self.required = [not self.is_named or chance.holds(0.7) for _ in self.names]
        self.rows = chance.choice([0, 1, 1, 1, 2, 2, 3])
        self.has_extra = chance.holds(0.1)
        given = [place for place in range(count) if self.required[place] or chance.holds(0.7)]
        self.given = given[1:] if chance.holds(0.05) else given

    def inputs(self):
        columns = []
        for name, kind, required in zip(self.names, self.kinds, self.required):
            named = {"name": name} if self.is_named else {}
            columns.append({**kind, **named, "required": required})
        return columns

    def cell(self, place):
        return self.chance.cell(self.kinds[place])

    def split(self):
        places = self.chance.sample(self.given, len(self.given))
        extra = ["zz"] if self.has_extra else []
        row = lambda: [self.cell(place) for place in places] + [self.chance.value() for _ in extra]
        table = {"columns": [self.names[place] for place in places] + extra}
        if not self.is_named and self.chance.holds(0.6):
            del table["columns"]
        if self.chance.holds(0.05):
            table["index"] = [*range(5, 5 + self.rows)]
        return {**table, "data": [row() for _ in range(self.rows)]}

    def record(self):
        given = [place for place in self.given if self.chance.holds(0.97)]
        record = {self.names[place]: self.cell(place) for place in given}
        return {**record, "zz": self.chance.value()} if self.has_extra else record

    def records(self):
        return [self.record() for _ in range(self.rows)]

    def column(self, place=0):
        return [self.cell(place) for _ in range(self.rows)]

    def by_name(self):
        return {self.names[place]: self.column(place) for place in self.given}

    def single_by_name(self):
        return {self.names[place]: self.cell(place) for place in self.given}

    def single(self):
        return self.cell(0)

    def body(self):
        form = self.chance.randrange(13)
        if form < 2:
            return {"dataframe_split": self.split()}
        if form == 2:
            return {"dataframe_records": self.records()}
        under_instances = [self.records, self.by_name, self.column]
        if form < 6:
            return {"instances": under_instances[form - 3]()}
        makers = [self.records, self.by_name, self.column, self.single, self.single_by_name]
        return {"inputs": self.chance.choice(makers)()}


class Tensors:
    """A signature of tensors, and requests for it."""

    def __init__(self, chance):
        self.chance = chance
        self.is_named = chance.holds(0.5)
        self.names = chance.sample("ab", chance.choice([1, 1, 2]) if self.is_named else 1)
        self.rows = chance.choice([1, 2, 3])
        self.dtypes = [chance.choice(DTYPES) for _ in self.names]
        self.shapes = [self.shape() for _ in self.names]

    def shape(self):
        rank = self.chance.choice([1, 2, 2, 3])
        size = lambda: self.chance.choice([1, 2, 3, 2, -1]) if self.chance.holds(0.3) else 2
        return [self.chance.choice([-1, -1, -1, self.rows]), *(size() for _ in range(rank - 1))]

    def inputs(self):
        specs = []
        for name, dtype, shape in zip(self.names, self.dtypes, self.shapes):
            named = {"name": name} if self.is_named else {}
            spec = {"dtype": dtype, "shape": shape}
            specs.append({"type": "tensor", **named, "tensor-spec": spec})
        return specs

    def element(self, dtype):
        if self.chance.holds(0.06) and dtype not in ("uint32", "datetime64[ns]"):
            return self.chance.value(depth=2)
        if dtype in ("str", "bytes", "object"):
            return self.chance.choice(["a", "b", 1, 2.5, None, "é" if dtype == "str" else "c"])
        if dtype == "bool":
            return self.chance.choice([True, False, 0, 1])
        if dtype.startswith("date"):
            return self.chance.choice(["2024-01-02", "2024-01-02T03:04:05", 5, None, ""])
        if self.chance.holds(0.3):
            return self.chance.choice([0, 1, 2, 100, 1.5, 2.0, "3", True])
        return self.chance.choice([1.5, 2.5] if dtype.startswith("float") else [1, 2, 3])

    def sizes(self, place):
        """The shape of the data: seldom of another rank."""
        known = self.shapes[place]
        sizes = [self.rows, *(n if n > 0 else self.chance.choice([1, 2]) for n in known[1:])]
        return sizes[:-1] if self.chance.holds(0.05) else sizes

    def nested(self, sizes, dtype):
        if not sizes:
            return self.element(dtype)
        count = sizes[0] if self.chance.holds(0.98) else sizes[0] + 1
        return [self.nested(sizes[1:], dtype) for _ in range(count)]

    def array(self, place=0):
        return self.nested(self.sizes(place), self.dtypes[place])

    def by_name(self):
        return {name: self.array(place) for place, name in enumerate(self.names)}

    def flat(self, place):
        """A row of a column: all of its elements in one list."""
        sizes = self.sizes(place)[1:]
        count = 1
        for size in sizes:
            count *= size
        dtype = self.dtypes[place]
        return [self.element(dtype) for _ in range(count)] if sizes else self.element(dtype)

    def record(self):
        return {name: self.flat(place) for place, name in enumerate(self.names)}

    def instance(self):
        sizes = [self.sizes(place)[1:] for place in range(len(self.names))]
        pairs = zip(self.names, sizes, self.dtypes)
        return {name: self.nested(size, dtype) for name, size, dtype in pairs}

    def wide_split(self):
        """A column for each element of a row of the first tensor."""
        sizes = self.sizes(0)
        width = sizes[1] if len(sizes) > 1 else 1
        row = lambda: [self.element(self.dtypes[0]) for _ in range(width)]
        table = {"data": [row() for _ in range(self.rows)]}
        if self.is_named and width == 1:
            table["columns"] = self.names[:1]
        elif self.is_named or self.chance.holds(0.5):
            table["columns"] = [f"c{place}" for place in range(width)]
        return table

    def split(self):
        rows = [[*self.record().values()] for _ in range(self.rows)]
        return {"columns": self.names, "data": rows}

    def body(self):
        form = self.chance.randrange(8)
        if form < 3:
            key = "instances" if form == 0 else "inputs"
            return {key: self.by_name() if self.is_named else self.array()}
        if form == 3:
            return {"dataframe_split": self.wide_split()}
        if form == 4:
            return {"dataframe_split": self.split()}
        if form == 5:
            return {"dataframe_records": [self.record() for _ in range(self.rows)]}
        if form == 6:
            return {"instances": [self.instance() for _ in range(self.rows)]}
        return {"inputs": self.by_name()}


def body_without_signature(chance):
    values = lambda most: [chance.value() for _ in range(chance.randint(0, most))]
    record = lambda: {name: chance.value() for name in chance.sample("abc", 2)}
    records = lambda least: [record() for _ in range(chance.randint(least, 3))]
    form = chance.choice(["inputs", "instances", "dataframe_split", "dataframe_records"])
    if form == "dataframe_records":
        return {form: records(0)}
    if form == "dataframe_split":
        names = [*"abc"][: chance.randint(1, 3)]
        rows = [[chance.value() for _ in names] for _ in range(chance.randint(0, 3))]
        return {form: {"columns": names, "data": rows}}
    makers = [chance.value, lambda: values(3), lambda: records(1), lambda: {"a": values(2)}]
    return {form: chance.choice(makers)()}


def parameter(chance):
    """A parameter in a signature, and the `params` of a request, which may be absent."""
    kind, default = chance.choice([*PARAMETERS.items()])
    is_list = chance.holds(0.3)
    shape, default = ([-1], [default]) if is_list else (None, default)
    spec = {"name": "p", "type": kind, "default": default, "shape": shape}
    one = lambda: chance.scalar(kind, 0)
    several = lambda: {"p": [one() for _ in range(chance.randint(0, 2))]}
    given = [None, {}, {"q": 1}, 5, [], {"p": default}]
    return spec, chance.choice([chance.choice(given), {"p": one()}, several()])


def csv_field(chance, kind):
    if chance.holds(0.12):
        return chance.choice(CSV_MISTAKES)
    if kind in ("float", "double"):
        return repr(chance.uniform(-1, 1) * 10 ** chance.randint(-8, 8))
    if kind == "boolean":
        return chance.choice(["true", "False", "TRUE"])
    if kind in ("integer", "long"):
        return str(chance.randint(-5, 5))
    return chance.choice(["a", "bc", "5", "d e"] if kind == "string" else ["YWJj", "z"])


def csv(chance):
    """A signature, or none, and a file."""
    names = "abc"[: chance.randint(1, 3)]
    kinds = {name: chance.choice(IN_CSV) for name in names}
    is_named = chance.holds(0.8)
    columns = []
    for name, kind in kinds.items():
        named = {"name": name, "required": chance.holds(0.8)} if is_named else {"required": True}
        columns.append({"type": kind, **named})
    order = chance.sample(names, len(names)) if chance.holds(0.3) else [*names]
    if chance.holds(0.1):
        order = order[1:] or order
    lines = [",".join(order)]
    for _ in range(chance.randint(0, 3)):
        row = ",".join(csv_field(chance, kinds[name]) for name in order)
        lines.append(row + ("," if chance.holds(0.03) else ""))
    text = "".join(line + "\n" for line in lines)
    return {"inputs": columns} if chance.holds(0.8) else None, text


def damaged(chance, text):
    """The text without one of its characters, or with one twice."""
    place = chance.randrange(len(text))
    times = chance.choice([0, 2])
    return text[:place] + text[place] * times + text[place + 1 :]


def json_request(chance):
    """A signature, or none, and a body."""
    which = chance.random()
    if which < 0.08:
        signature, body = None, body_without_signature(chance)
    else:
        made = Columns(chance) if which < 0.65 else Tensors(chance)
        signature, body = {"inputs": made.inputs()}, made.body()
        if chance.holds(0.15):
            spec, given = parameter(chance)
            signature["params"] = [spec]
            body = body if given is None else {**body, "params": given}
    text = json.dumps(body, ensure_ascii=chance.holds(0.5))
    return signature, damaged(chance, text) if chance.holds(0.04) else text


def request(chance):
    """A case: the signature as JSON or null, the content type, and the body."""
    is_csv = chance.holds(0.08)
    signature, body = csv(chance) if is_csv else json_request(chance)
    content_type = "text/csv" if is_csv else "application/json"
    return {"signature": signature, "content_type": content_type, "body": body}


def requests(seed, count):
    chance = Chance(seed)
    return [request(chance) for _ in range(count)]
