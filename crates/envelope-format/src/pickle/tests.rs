//! Tests of the scan: what it finds, what it refuses, and that no bytes make it fail badly.

use super::{Danger, FaultKind, Limits, PickleError, PickleReport, scan};
use crate::archive::mutations::for_each_mutation;

const CLOUDPICKLE: &[u8] = include_bytes!("../../tests/fixtures/models/cloudpickle.pkl");
const SKLEARN: &[u8] = include_bytes!("../../tests/fixtures/models/sklearn.pkl");
const LEGACY: &[u8] = include_bytes!("../../tests/fixtures/models/legacy.pth");

fn scanned(bytes: &[u8]) -> PickleReport {
    scan(bytes, &Limits::default()).unwrap()
}

fn names(report: &PickleReport) -> Vec<String> {
    report.globals.iter().map(ToString::to_string).collect()
}

#[test]
fn resolves_globals_in_every_way_a_pickle_can_name_them() {
    let cases: &[(&[u8], &[&str])] = &[
        (b"cos\nsystem\n.", &["os.system"]),
        (b"(ios\nsystem\n.", &["os.system"]),
        (b"\x80\x04\x8c\x02os\x8c\x06system\x93.", &["os.system"]),
        (
            b"\x80\x04\x8d\x02\0\0\0\0\0\0\0osX\x06\0\0\0system\x93.",
            &["os.system"],
        ),
        (b"S'os'\nVsystem\n\x93.", &["os.system"]),
        (b"U\x02osT\x06\0\0\0system\x93.", &["os.system"]),
        (
            b"\x8c\x02os\x940\x8c\x06system\x94h\0h\x01\x93.",
            &["os.system"],
        ),
        (
            b"\x8c\x02osq\x070\x8c\x06system\x94h\x07h\x01\x93.",
            &["os.system"],
        ),
        (
            b"\x8c\x02osr\xff\xff\0\x000j\xff\xff\0\0\x8c\x06system\x93.",
            &["os.system"],
        ),
        (b"\x8c\x02osp9\n0g9\n\x8c\x06system\x93.", &["os.system"]),
        (b"\x8c\x02os2\x93.", &["os.os"]),
        (b"\x8c\x02os(\x8c\x01x1\x8c\x06system\x93.", &["os.system"]),
        (b"\x8c\x02os\x8c\x06systemN0\x93.", &["os.system"]),
        // What cannot be told is not guessed.
        (b"S'\\x6fs'\n\x8c\x06system\x93.", &["?.system"]),
        (b"V\\u006fs\n\x8c\x06system\x93.", &["?.system"]),
        (b"\x8c\x02os)\x93.", &["os.?"]),
        (b"h\x05\x8c\x06system\x93.", &["?.system"]),
        (
            b"\x8c\x01a\x940\x8c\x02osp0\n0h\0\x8c\x06system\x93.",
            &["os.system"],
        ),
        (
            b"\x8c\x01a\x94Np0x\n00h\0\x8c\x06system\x93.",
            &["?.system"],
        ),
    ];
    for (bytes, expected) in cases {
        let report = scanned(bytes);
        assert_eq!(names(&report), *expected, "{}", bytes.escape_ascii());
        assert!(report.danger.is_dangerous());
        assert_eq!(report.fault, None);
    }
}

#[test]
fn tells_pickles_that_only_name_one_class() {
    let plain: &[&[u8]] = &[
        b"ctinyecho\nEcho\n(tR.",
        b"\x80\x02ctinyecho\nEcho\n)\x81.",
        b"\x80\x04\x8c\x08tinyecho\x8c\x04Echo\x93)\x81.",
        b"\x80\x04\x8c\x08tinyecho\x8c\x04Echo\x93)\x81}(\x8c\x01nK\x05ub.",
        b"(itinyecho\nEcho\n.",
        b"(ctinyecho\nEcho\no.",
    ];
    for bytes in plain {
        assert!(
            scanned(bytes).names_only_one_class(),
            "{}",
            bytes.escape_ascii()
        );
    }
    let others: &[&[u8]] = &[
        b"ctinyecho\nEcho\n(S'x'\ntR.",
        b"ctinyecho\nEcho\n.",
        b"cos\nsystem\n(tR.",
        b"ctinyecho\nEcho\n(tR(tR.",
        b"ctinyecho\nEcho\n(tRctinyecho\nEcho\n0.",
        b"ctinyecho\nEcho\n(tR.N.",
        b"ctinyecho\nEcho\n(tR.\xff",
        b"ctinyecho\nEcho\n(tR\x82\x010.",
        b"ctinyecho\nEcho\n(tRPx\n0.",
        CLOUDPICKLE,
    ];
    for bytes in others {
        assert!(
            !scanned(bytes).names_only_one_class(),
            "{}",
            bytes.escape_ascii()
        );
    }
}

#[test]
fn classes_real_models() {
    let cloudpickle = scanned(CLOUDPICKLE);
    assert_eq!(cloudpickle.danger, Danger::EmbedsCode);
    assert_eq!((cloudpickle.protocol, cloudpickle.pickles), (5, 1));
    assert_eq!(cloudpickle.opcodes, 350);
    let sklearn = scanned(SKLEARN);
    assert_eq!(sklearn.danger, Danger::Custom);
    assert_eq!(
        names(&sklearn)[0],
        "sklearn.linear_model._base.LinearRegression"
    );
}

#[test]
fn reads_on_after_the_first_pickle() {
    let two = scanned(b"N.cos\nsystem\n.");
    assert_eq!((two.pickles, two.trailing_bytes), (2, 0));
    assert_eq!(names(&two), ["os.system"]);
    let trailing = scanned(b"N.\xff\xff\xff");
    assert_eq!(
        (trailing.pickles, trailing.bytes, trailing.trailing_bytes),
        (1, 2, 3)
    );
    let legacy = scan(
        LEGACY,
        &Limits {
            max_pickles: 5,
            ..Limits::default()
        },
    )
    .unwrap();
    assert_eq!((legacy.pickles, legacy.danger), (5, Danger::Harmless));
    assert_eq!(legacy.trailing_bytes, 2 * 8 + 4 * 4);
}

#[test]
fn keeps_what_a_broken_pickle_would_have_run() {
    let cases: &[(&[u8], FaultKind)] = &[
        (b"cos\nsystem\n(tR\xff", FaultKind::UnknownOpcode(0xff)),
        (b"cos\nsystem\n(tR", FaultKind::Truncated),
        (b"cos\nsystem\n(tR0R", FaultKind::StackUnderflow),
        (b"cos\nsystem\nt", FaultKind::MissingMark),
        (b"cos\nsystem\nT\xff\xff\xff\xff", FaultKind::NegativeLength),
        (b"cos\nsystem\n\x80\x06", FaultKind::UnsupportedProtocol(6)),
        (b"cos\nsystem\nB\xff\xff\xff\xff", FaultKind::Truncated),
        (
            b"cos\nsystem\n\x96\xff\xff\xff\xff\xff\xff\xff\xff",
            FaultKind::Truncated,
        ),
    ];
    for (bytes, kind) in cases {
        let report = scanned(bytes);
        assert_eq!(report.fault.map(|fault| fault.kind), Some(*kind));
        assert_eq!(names(&report), ["os.system"]);
    }
}

#[test]
fn refuses_what_is_no_pickle() {
    assert!(matches!(
        scan([].as_slice(), &Limits::default()),
        Err(PickleError::Empty)
    ));
    for bytes in [b"hello".as_slice(), b"\xff", b"<html>", b"\x89PNG", b"\0\0"] {
        let refused = scan(bytes, &Limits::default());
        assert!(
            matches!(refused, Err(PickleError::NotAPickle(_))),
            "{refused:?}"
        );
    }
}

#[test]
fn ends_at_each_limit_with_a_danger_that_is_not_overlooked() {
    let narrow = Limits {
        max_bytes: 60,
        max_opcodes: 20,
        max_stack: 10,
        max_text_bytes: 300,
        max_globals: 3,
        max_pickles: 2,
    };
    let many_globals = (0..5)
        .flat_map(|n| format!("ca\nb{n}\n").into_bytes())
        .collect();
    let cases: &[(Vec<u8>, &str)] = &[
        ([b"C\x80".to_vec(), vec![0; 200]].concat(), "bytes"),
        (b"N0".repeat(20), "opcodes"),
        (b"N".repeat(20), "objects on the stack"),
        (b"(".repeat(20), "objects on the stack"),
        (b"\x8c\x01a".repeat(9), "text on the stack"),
        (many_globals, "different globals"),
    ];
    for (bytes, limit) in cases {
        let report = scan(bytes.as_slice(), &narrow).unwrap();
        assert_eq!(
            report.fault.map(|fault| fault.kind),
            Some(FaultKind::Limit(limit))
        );
        assert_eq!(report.danger, Danger::Unknown);
    }
    let pickles = scan(b"N.N.N.".as_slice(), &narrow).unwrap();
    assert_eq!((pickles.pickles, pickles.trailing_bytes), (2, 2));
}

#[test]
fn forgets_texts_when_the_memo_is_full_and_says_unknown() {
    let narrow = Limits {
        max_text_bytes: 140,
        ..Limits::default()
    };
    let bytes = b"\x8c\x02aa\x940\x8c\x02bb\x940\x8c\x02os\x940h\x02\x8c\x01s\x93.";
    let report = scan(bytes.as_slice(), &narrow).unwrap();
    assert_eq!(names(&report), ["?.s"]);
    assert_eq!(report.danger, Danger::Unknown);
}

#[test]
fn becomes_json_with_stable_names() {
    let json = serde_json::to_value(scanned(b"cos\nsystem\n(tR\xff")).unwrap();
    assert_eq!(json["danger"], "dangerous");
    assert_eq!(json["globals"][0]["module"], "os");
    assert_eq!(json["calls"]["reduce"], 1);
    assert_eq!(json["fault"]["kind"]["unknown_opcode"], 255);
}

#[test]
fn never_fails_badly_on_changed_pickles() {
    for_each_mutation(&[CLOUDPICKLE, SKLEARN, LEGACY], 20_000, |bytes| {
        if let Ok(report) = scan(bytes, &Limits::default()) {
            assert!(report.bytes + report.trailing_bytes <= bytes.len() as u64);
        }
    });
}
