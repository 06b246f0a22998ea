//! Requests that are made to do harm: each is refused with its place, in memory that is bounded by a
//! small multiple of its length.

use envelope_format::enforce::receive;
use envelope_format::payload::ContentType;
use envelope_format::signature::Signature;
use std::fmt::Write as _;

/// Why a body is refused, or that it is not.
fn outcome(body: &[u8], content_type: ContentType, inputs: Option<&str>) -> String {
    let signature = match inputs {
        Some(inputs) => Signature::from_parts(Some(inputs), None, None).unwrap(),
        None => Signature::default(),
    };
    match receive(body, &content_type, &signature) {
        Ok(_) => "accepted".to_owned(),
        Err(refusal) => refusal.to_string(),
    }
}

fn json(body: &[u8]) -> String {
    outcome(body, ContentType::Json, None)
}

#[test]
fn nesting_is_refused_where_it_is_too_deep() {
    let open = 100 << 20;
    for (prefix, column) in [
        ("", 257),
        (r#"{"inputs": "#, 267),
        (r#"{"dataframe_split": "#, 276),
    ] {
        let mut body = prefix.as_bytes().to_vec();
        body.resize(prefix.len() + open, b'[');
        let expected =
            format!("nested deeper than 256 lists and objects (line 1, column {column})");
        let found = json(&body);
        assert!(
            found.contains("nested deeper than 256"),
            "{prefix}: {found}"
        );
        assert!(
            found.contains(&format!("column {column}")),
            "{found}, expected {expected}"
        );
    }
    let objects = r#"{"a":"#.repeat(100_000);
    assert!(json(objects.as_bytes()).contains("nested deeper than 256"));
    let lists = format!(r#"{{"inputs": {}{}}}"#, "[".repeat(200), "]".repeat(200));
    assert_eq!(json(lists.as_bytes()), "accepted");
}

#[test]
fn of_keys_that_are_there_twice_the_later_counts() {
    for (body, expected) in [
        (r#"{"inputs": [1], "inputs": [2]}"#, "accepted"),
        (r#"{"inputs": [[1], 2], "inputs": [2]}"#, "accepted"),
        (
            r#"{"dataframe_split": 5, "dataframe_split": {"data": [[1]], "data": []}}"#,
            "accepted",
        ),
        (
            r#"{"dataframe_records": [{"a": 1, "a": "x"}, {"a": "y", "a": 2}]}"#,
            "accepted",
        ),
        (
            r#"{"inputs": [1], "instances": [2]}"#,
            "found the keys `inputs`, `instances`, expected",
        ),
    ] {
        let found = json(body.as_bytes());
        assert!(found.starts_with(expected), "{body}: {found}");
    }
    let keys: String = (0..200_000).fold(String::new(), |mut keys, number| {
        let _ = write!(keys, r#""k{number}": 0, "#);
        keys
    });
    let found = json(format!("{{{keys}\"inputs\": [1]}}").as_bytes());
    assert_eq!(found, "accepted");
    let found = json(format!("{{{keys}\"end\": [1]}}").as_bytes());
    assert!(found.len() < 300 && found.contains("`k7`, …"), "{found}");
}

#[test]
fn numbers_may_be_huge() {
    let long = format!(
        r#"[{{"type": "{}", "name": "a", "required": true}}]"#,
        "long"
    );
    let digits = "9".repeat(5000);
    for (number, untyped, typed) in [
        ("1e400", "accepted", "found inf in row 0"),
        ("-1e400", "accepted", "found -inf in row 0"),
        ("1e99999999999999999999", "accepted", "found inf in row 0"),
        (&digits[..4300], "accepted", "found int"),
        (
            &digits,
            "found 5000 digits, expected at most 4300",
            "found 5000 digits",
        ),
        (&format!("0.{digits}"), "accepted", "accepted"),
        (&format!("1e-{digits}"), "accepted", "accepted"),
    ] {
        let body = format!(r#"{{"dataframe_split": {{"columns": ["a"], "data": [[{number}]]}}}}"#);
        let shown = &number[..number.len().min(20)];
        let found = json(body.as_bytes());
        assert!(found.contains(untyped), "{shown}: {found}");
        let found = outcome(body.as_bytes(), ContentType::Json, Some(&long));
        assert!(
            found.contains(typed) && found.len() < 400,
            "{shown}: {found}"
        );
    }
}

#[test]
fn of_a_key_that_is_there_twice_the_later_one_counts() {
    let twice = r#"{"dataframe_records": [{"a": 1, "b": 2}, {"b": 3, "a": 4, "b": 5}]}"#;
    let once = r#"{"dataframe_records": [{"a": 1, "b": 2}, {"a": 4, "b": 5}]}"#;
    let read = |body: &str| receive(body.as_bytes(), &ContentType::Json, &Signature::default());
    assert_eq!(read(twice).unwrap(), read(once).unwrap());
}

#[test]
fn lengths_that_differ_are_refused() {
    for (body, expected) in [
        (
            r#"{"dataframe_split": {"columns": ["a", "b"], "data": [[1]]}}"#,
            "found rows of 1 values, expected 2",
        ),
        (
            r#"{"dataframe_split": {"index": [1, 2, 3], "data": [[1], [2]]}}"#,
            "found an index of 3 labels for 2 rows",
        ),
        (
            r#"{"inputs": [[1, 2], [3]]}"#,
            "found lists of different lengths",
        ),
        (
            r#"{"instances": {"a": [1], "b": [1, 2]}}"#,
            "column `b`: found 2 values, expected 1",
        ),
    ] {
        let found = json(body.as_bytes());
        assert!(found.contains(expected), "{body}: {found}");
    }
}

#[test]
fn bytes_that_are_no_text_are_refused_with_their_place() {
    for (body, expected) in [
        (&b"{\"inputs\": [\"\xff\"]}"[..], "found byte 0xff at 13"),
        (b"{\"inputs\": [\"\xc3\"]}", "found byte 0xc3 at 13"),
        (b"{\"inputs\": [\"\xed\xa0\x80\"]}", "found byte 0xed at 13"),
        (b"\xff\xfe{\x00\"", "not valid UTF-16"),
        (b"{\x00\x00\xd8", "not valid UTF-16"),
        (b"{\0\0\0\0\0\x11\0", "not valid UTF-32"),
        (b"{\"inputs\": [\"\0\"]}", "found `\\u{0}`"),
        (b"{\"inputs\": \0}", "found `\\u{0}`"),
        (b"{\"inputs\": [1]}\0", "found `\\u{0}`"),
        (b"{\"inputs\": [\"\\ud800\"]}", "half a surrogate pair"),
        (b"\x1f\x8b\x08\x00", "found byte 0x8b at 1"),
        (b"", "found the end"),
    ] {
        let found = json(body);
        assert!(found.contains(expected), "{body:?}: {found}");
    }
    for body in [&b"a\n\xff\n"[..], b"\xff\xfea\x00\n\x00"] {
        let found = outcome(body, ContentType::Csv, None);
        assert!(found.contains("found byte 0xff"), "{found}");
    }
}

#[test]
fn a_request_that_ends_too_early_is_refused_wherever_it_ends() {
    let sample = r#"{"dataframe_split": {"columns": ["a", "ü"], "index": [0, 1], "data":
        [[1, -2.5e3], ["\u00e9\n", null], [{"x": [true]}, NaN]]}, "params": {"p": [1]}}"#;
    let more = r#"{"dataframe_records": [{"a": 1, "b": false}, {"a": -Infinity}]}"#;
    let inputs = r#"{"instances": [{"a": [[1, 2], [3, 4]], "b": "x\ud83d\ude00"}]}"#;
    for text in [sample, more, inputs] {
        for end in 0..text.len() {
            let found = json(&text.as_bytes()[..end]);
            let has_place = found.contains("line ") || found.contains("found byte");
            assert!(
                has_place,
                "{}: {found}",
                &text[..text.floor_char_boundary(end)]
            );
        }
    }
}

#[test]
fn places_are_lines_and_columns() {
    let found = json("{\"inputs\":\n  [\"é\", x]}".as_bytes());
    assert!(found.contains("line 2, column 9"), "{found}");
}

/// A body of which a part is repeated with a number in it.
fn repeated(head: &str, count: usize, part: impl Fn(usize) -> String, tail: &str) -> String {
    let parts: Vec<String> = (0..count).map(part).collect();
    format!("{head}{}{tail}", parts.join(","))
}

/// As many parts as make a table of 400 million cells out of a body of a megabyte.
const MANY: usize = 20_000;

const TOO_LARGE: &str = "more than 64000000 missing or repeated values";

/// A list of as many ones.
fn ones() -> String {
    repeated("[", MANY, |_| "1".to_owned(), "]")
}

/// A list of as many names.
fn names() -> String {
    repeated("[", MANY, |number| format!("\"k{number}\""), "]")
}

fn check_too_large(bodies: &[String], inputs: Option<&str>) {
    for body in bodies {
        let found = outcome(body.as_bytes(), ContentType::Json, inputs);
        let shown: String = body.chars().take(80).collect();
        assert!(found.contains(TOO_LARGE), "{shown}: {found}");
    }
}

#[test]
fn short_rows_beside_long_ones_cannot_ask_for_a_large_table() {
    let (wide, names) = (ones(), names());
    let empty = |_| "[]".to_owned();
    let record = |number| format!("{{\"k{number}\": 1}}");
    let labelled = |data| {
        format!(
            r#"{{"dataframe_split": {{"columns": {names}, "index": {names}, "data": {data}}}}}"#
        )
    };
    let first = format!(r#"{{"dataframe_split": {{"data": [{wide},"#);
    let last = format!(",{wide}]}}}}");
    let bodies = [
        repeated(r#"{"dataframe_records": ["#, MANY, record, "]}"),
        repeated(&first, MANY, empty, "]}}"),
        repeated(r#"{"dataframe_split": {"data": ["#, MANY, empty, &last),
        labelled("[]"),
        labelled("null"),
        format!(r#"{{"dataframe_split": {{"index": {wide}, "data": [{wide}]}}}}"#),
        format!(r#"{{"dataframe_split": {{"index": {wide}, "data": [[{wide}]]}}}}"#),
        format!(r#"{{"dataframe_split": {{"index": {wide}, "data": {{"a": [{wide}]}}}}}}"#),
    ];
    check_too_large(&bodies, None);
    let header = repeated("", MANY, |_| "a".to_owned(), "\n");
    let csv = header + &"1\n".repeat(MANY);
    let found = outcome(csv.as_bytes(), ContentType::Csv, None);
    assert!(found.contains(TOO_LARGE), "{found}");
}

#[test]
fn single_values_beside_long_lists_cannot_ask_for_a_large_table() {
    let (wide, names) = (ones(), names());
    let single = |number| format!("\"k{number}\": 1");
    let empty = |number| format!("\"b{number}\": {{}}");
    let record = |number| format!("{{\"k{number}\": 1}}");
    let columns = repeated("{\"a\": {", MANY, single, "}, ") + &repeated("", MANY, empty, "}");
    let bodies = [
        format!(r#"{{"dataframe_split": {{"columns": {names}, "data": {{"x": {wide}}}}}}}"#),
        format!(r#"{{"dataframe_split": {{"data": {columns}}}}}"#),
    ];
    check_too_large(&bodies, None);
    let typed = r#"[{"type": "long", "name": "a", "required": true}]"#;
    let bodies = [
        repeated(r#"{"inputs": ["#, MANY, record, "]}"),
        repeated(
            &format!(r#"{{"inputs": {{"a": {wide}, "#),
            MANY,
            single,
            "}}",
        ),
    ];
    check_too_large(&bodies, Some(typed));
    let long = "a".repeat(1_000_000);
    check_too_large(
        &[format!(r#"{{"inputs": {{"a": {wide}, "b": "{long}"}}}}"#)],
        Some(typed),
    );
}

#[test]
fn objects_and_mixed_lists_are_counted() {
    let objects = repeated("{\"inputs\": [", 4_000_001, |_| "{}".to_owned(), "]}");
    let found = json(objects.as_bytes());
    assert!(found.contains("found more than 16000000"), "{found}");
    assert!(found.contains("line 1, column"), "{found}");
}
