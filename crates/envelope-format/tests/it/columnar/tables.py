"""Tables of every type that Arrow and pandas have, by name."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa

DAY = dt.date(2024, 1, 2)
MOMENT = dt.datetime(2024, 1, 2, 3, 4, 5)
TEXTS = pa.dictionary(pa.int32(), pa.string())
PAIRS = pa.map_(pa.string(), pa.int64())


def numbers():
    """Numbers and truth values."""
    for bits in (8, 16, 32, 64):
        for name in (f"int{bits}", f"uint{bits}"):
            kind = getattr(pa, name)()
            yield name, pa.array([1, 5], kind)
            yield name + " null", pa.array([1, None, 7], kind)
            yield name + " 0/1", pa.array([0, 1], kind)
            yield name + " empty", pa.array([], kind)
    yield "uint64 large", pa.array([2**64 - 1], pa.uint64())
    yield "uint64 large null", pa.array([2**64 - 1, None], pa.uint64())
    yield "int64 large null", pa.array([2**62 + 1, None])
    for kind in (pa.float32(), pa.float64()):
        yield f"{kind}", pa.array([1.5, 2.0], kind)
        yield f"{kind} null", pa.array([1.5, None, float("nan"), float("inf")], kind)
    yield "float16", pa.array(np.array([1.5, 2], np.float16))
    yield "float16 null", pa.array([np.float16(1.5), None], pa.float16())
    yield "bool", pa.array([True, False])
    yield "bool null", pa.array([True, None])
    yield "bool empty", pa.array([], pa.bool_())
    yield "null", pa.array([None, None], pa.null())
    for name, kind in (("3.2", pa.decimal128(3, 2)), ("5.0", pa.decimal128(5, 0)), ("50.3", pa.decimal256(50, 3))):
        yield f"decimal {name}", pa.array([Decimal("1"), Decimal("-2")], kind)
        yield f"decimal {name} null", pa.array([Decimal("0"), None], kind)
    yield "decimal small", pa.array([Decimal("0.0000001")], pa.decimal128(10, 8))
    yield "decimal large", pa.array([Decimal("12345678901234567890123")], pa.decimal128(30, 0))


def texts():
    """Texts, bytes and categories."""
    for kind in (pa.string(), pa.large_string(), pa.string_view()):
        yield f"{kind}", pa.array(["a", "", "é"], kind)
        yield f"{kind} null", pa.array(["a", None], kind)
    yield "string all null", pa.array([None, None], pa.string())
    yield "string empty", pa.array([], pa.string())
    for kind in (pa.binary(), pa.large_binary(), pa.binary_view(), pa.binary(2)):
        yield f"{kind}", pa.array([b"\xff\x00", b"ab"], kind)
        yield f"{kind} null", pa.array([b"ab", None], kind)
    yield "category", pa.array(["a", "b", "a"]).dictionary_encode()
    yield "category null", pa.array(["a", None]).dictionary_encode()
    yield "category all null", pa.array([None], pa.string()).dictionary_encode()
    yield "category of bytes", pa.array([b"a"]).dictionary_encode()
    yield "category of ints", pa.array([1, 2, 1]).dictionary_encode()
    yield "category of ints null", pa.array([1, None], pa.int32()).dictionary_encode()
    yield "category of floats", pa.array([1.5, 2.5]).dictionary_encode()
    yield "category of times", pa.array([MOMENT], pa.timestamp("ns")).dictionary_encode()


def times():
    """Points in time, dates, times of day and spans."""
    for unit in ("s", "ms", "us", "ns"):
        yield f"timestamp {unit}", pa.array([MOMENT, dt.datetime(1969, 12, 31)], pa.timestamp(unit))
        yield f"timestamp {unit} null", pa.array([MOMENT, None], pa.timestamp(unit))
        yield f"timestamp {unit} zone", pa.array([MOMENT, None], pa.timestamp(unit, "Europe/Berlin"))
        yield f"duration {unit}", pa.array([dt.timedelta(1, 5), None, dt.timedelta(-1)], pa.duration(unit))
    yield "timestamp far", pa.array([dt.datetime(9999, 1, 2)], pa.timestamp("us"))
    for kind in (pa.date32(), pa.date64()):
        yield f"{kind}", pa.array([DAY, dt.date(1969, 12, 31)], kind)
        yield f"{kind} null", pa.array([DAY, None], kind)
        yield f"{kind} far", pa.array([dt.date(9999, 1, 2)], kind)
    for kind in (pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns")):
        yield f"{kind}", pa.array([dt.time(1, 2, 3), None], kind)


def lists():
    """Lists."""
    yield "list", pa.array([[1, 2], [3, 4]])
    yield "list ragged", pa.array([[1, 2], [3], []])
    yield "list null", pa.array([[1, None], None])
    yield "list all null", pa.array([[None], None], pa.list_(pa.int64()))
    yield "list 0/1", pa.array([[0, 1]])
    yield "list empty", pa.array([[]], pa.list_(pa.int64()))
    for kind in (pa.int8(), pa.int32(), pa.uint64(), pa.float16(), pa.float32(), pa.float64()):
        yield f"list of {kind}", pa.array([[1, 2], [3, 4]], pa.list_(kind))
    yield "list of double null", pa.array([[1.5, None]], pa.list_(pa.float64()))
    yield "large list", pa.array([[1.5], [2]], pa.large_list(pa.float64()))
    yield "fixed list", pa.array([[1.5, 2], [3, 4]], pa.list_(pa.float64(), 2))
    yield "fixed list of float", pa.array([[1.5, 2], [3, 4]], pa.list_(pa.float32(), 2))
    yield "list of bool", pa.array([[True, False]])
    yield "list of bool null", pa.array([[True, None], [True]])
    yield "list of null", pa.array([[None]])
    yield "list of string", pa.array([["a", "bcd"]])
    yield "list of string null", pa.array([["abcd", None]])
    yield "list of string all null", pa.array([[None]], pa.list_(pa.string()))
    yield "list of category", pa.array([["a", "b"]], pa.list_(TEXTS))
    yield "list of binary", pa.array([[b"a", None]])
    yield "list of decimal", pa.array([[Decimal("1.5"), None]])
    yield "list of date", pa.array([[DAY, None]])
    yield "list of time", pa.array([[dt.time(1, 2, 3)]])
    yield "list of duration", pa.array([[dt.timedelta(1)]])
    yield "list of map", pa.array([[[("k", 1)]]], pa.list_(PAIRS))
    for unit in ("s", "us", "ns"):
        yield f"list of timestamp {unit}", pa.array([[MOMENT, None]], pa.list_(pa.timestamp(unit)))
    yield "list of timestamp zone", pa.array([[MOMENT]], pa.list_(pa.timestamp("us", "Europe/Berlin")))
    yield "list of list", pa.array([[[1]]])
    yield "list of list even", pa.array([[[1, 2], [3, 4]]])
    yield "list of list ragged", pa.array([[[1], [2, 3]]])
    yield "list of list null", pa.array([[[1], None], [[2, None]]])
    yield "list of list empty", pa.array([[], [[]]], pa.list_(pa.list_(pa.int64())))
    yield "list of list of string", pa.array([[["a"]]])
    yield "list of struct", pa.array([[{"x": 1}, {"x": 2}]])
    yield "list of struct null", pa.array([[{"x": 1}, None], None])


def objects():
    """Objects and maps."""
    yield "struct", pa.array([{"x": 1, "y": "b"}, {"x": 2, "y": None}])
    yield "struct null", pa.array([{"x": 1, "y": "b"}, None])
    yield "struct all null", pa.array([{"x": None}], pa.struct([("x", pa.int64())]))
    yield "struct of list", pa.array([{"x": [1, 2]}])
    yield "struct of struct", pa.array([{"x": {"x": 1}}, {"x": None}, None])
    yield "struct of map", pa.array([{"x": [("k", 1)]}], pa.struct([("x", PAIRS)]))
    for kind in (pa.int8(), pa.int64(), pa.float32(), pa.float64()):
        yield f"struct of {kind}", pa.array([{"x": 1}], pa.struct([("x", kind)]))
        yield f"struct of {kind} null", pa.array([{"x": 1}, {"x": None}], pa.struct([("x", kind)]))
    for name, kind, value in (
        ("bool", pa.bool_(), True),
        ("string", pa.string(), "a"),
        ("category", TEXTS, "a"),
        ("binary", pa.binary(), b"a"),
        ("decimal", pa.decimal128(2, 1), Decimal("1.5")),
        ("date", pa.date32(), DAY),
        ("timestamp", pa.timestamp("us"), MOMENT),
        ("timestamp zone", pa.timestamp("us", "UTC"), MOMENT),
        ("duration", pa.duration("us"), dt.timedelta(1)),
    ):
        yield f"struct of {name}", pa.array([{"x": value}], pa.struct([("x", kind)]))
        yield f"struct of {name} null", pa.array([{"x": None}, {"x": value}], pa.struct([("x", kind)]))
    yield "map", pa.array([[("k", 1), ("j", 2)]], PAIRS)
    yield "map null", pa.array([[("k", None), ("j", 1)], None, []], PAIRS)
    yield "map of list", pa.array([[(1, [1, None])]], pa.map_(pa.int64(), pa.list_(pa.int64())))


def frames():
    """What pandas writes of its own types, and with an index."""
    for name in ("Int8", "Int32", "Int64", "UInt8", "UInt64", "Float32", "Float64", "int64[pyarrow]", "double[pyarrow]"):
        yield name, pd.DataFrame({"a": pd.Series([1, 5], dtype=name)})
        yield name + " 0/1", pd.DataFrame({"a": pd.Series([1, 0], dtype=name)})
        yield name + " NA", pd.DataFrame({"a": pd.Series([1, None], dtype=name)})
    for name in ("boolean", "bool[pyarrow]"):
        yield name, pd.DataFrame({"a": pd.Series([True, False], dtype=name)})
        yield name + " NA", pd.DataFrame({"a": pd.Series([True, None], dtype=name)})
    for name in ("string", "str", "object", "category"):
        yield f"{name} of texts", pd.DataFrame({"a": pd.Series(["a", "b"], dtype=name)})
        yield f"{name} of texts NA", pd.DataFrame({"a": pd.Series(["a", None], dtype=name)})
    yield "category of ints", pd.DataFrame({"a": pd.Series([1, 2], dtype="category")})
    yield "object of ints", pd.DataFrame({"a": pd.Series([1, None], dtype=object)})
    yield "object of bools", pd.DataFrame({"a": pd.Series([True, None], dtype=object)})
    yield "period", pd.DataFrame({"a": pd.period_range("2024", periods=1, freq="D")})
    yield "interval", pd.DataFrame({"a": pd.interval_range(0, 1)})
    yield "index a", pd.DataFrame({"a": [1, 2], "b": [3, 4]}).set_index("a")
    yield "index b", pd.DataFrame({"a": [1, 2], "b": [3, 4]}).set_index("b")
    yield "two indices", pd.DataFrame({"a": [1], "b": [2], "c": [3]}).set_index(["b", "c"])
    yield "index without a name", pd.DataFrame({"a": [1, 2]}, index=["x", "y"])
    yield "range", pd.DataFrame({"a": [1, 2]}, index=pd.RangeIndex(5, 9, 2))
    yield "numbered columns", pd.DataFrame({0: [1, 2]})
    yield "other columns", pd.DataFrame({"b": [1]})
    yield "two columns", pd.DataFrame({"b": [1.5], "a": [1]})
    yield "no columns", pd.DataFrame(index=[0, 1])


def tables():
    """All of them."""
    for make in (numbers, texts, times, lists, objects):
        for name, array in make():
            yield name, pa.table({"a": array})
    for name, frame in frames():
        try:
            yield "pandas " + name, pa.Table.from_pandas(frame)
        except pa.ArrowInvalid:  # pandas does not write it.
            continue
