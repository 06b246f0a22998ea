//! Tests of the descriptions: real files, hostile files, and files changed at random.

use std::io::Cursor;

use super::mutations::for_each_mutation;
use super::{ArchiveDescription, ArchiveError, Content, describe};
use crate::onnx::Dimension;
use crate::pickle::Danger;

const TORCH_SAVE: &[u8] = include_bytes!("../../tests/fixtures/models/torch_save.pth");
const STATE_DICT: &[u8] = include_bytes!("../../tests/fixtures/models/state_dict.pth");
const TORCH_SCRIPT: &[u8] = include_bytes!("../../tests/fixtures/models/torch_script.pth");
const TORCH_EXPORT: &[u8] = include_bytes!("../../tests/fixtures/models/linear.pt2");
const SKOPS: &[u8] = include_bytes!("../../tests/fixtures/models/linear.skops");
const LEGACY: &[u8] = include_bytes!("../../tests/fixtures/models/legacy.pth");
const COMPRESSED: &[u8] = include_bytes!("../../tests/fixtures/models/class.pkl.xz");

fn described(bytes: &[u8], name: &str) -> ArchiveDescription {
    describe(Cursor::new(bytes), name).unwrap()
}

fn names_of_pickles(description: &ArchiveDescription) -> Vec<&str> {
    description
        .pickles
        .iter()
        .map(|pickle| pickle.member.as_str())
        .collect()
}

#[test]
fn describes_what_torch_save_writes() {
    let description = described(TORCH_SAVE, "model.pth");
    let Content::TorchSave {
        byteorder,
        storages,
    } = &description.content
    else {
        panic!("{description:?}")
    };
    assert_eq!(byteorder.as_deref(), Some("little"));
    let sizes: Vec<_> = storages.iter().map(|s| (s.key.as_str(), s.bytes)).collect();
    assert_eq!(sizes, [("0", 12), ("1", 4)]);
    assert_eq!(names_of_pickles(&description), ["model/data.pkl"]);
    assert_eq!(
        (description.danger, description.members),
        (Danger::Custom, 8)
    );
    assert_eq!(
        described(STATE_DICT, "state_dict.pth").danger,
        Danger::Harmless
    );
    let legacy = described(LEGACY, "model.pth");
    assert_eq!(
        (legacy.content, legacy.danger),
        (Content::LegacyTorchSave, Danger::Harmless)
    );
}

#[test]
fn describes_torch_script() {
    let description = described(TORCH_SCRIPT, "model.pth");
    let Content::TorchScript { code, storages, .. } = &description.content else {
        panic!("{description:?}")
    };
    assert_eq!(code, &["model/code/__torch__/torch/nn/modules/linear.py"]);
    assert_eq!(storages.len(), 2);
    assert_eq!(
        names_of_pickles(&description),
        [
            "model/data.pkl",
            "model/code/__torch__/torch/nn/modules/linear.py.debug_pkl",
            "model/constants.pkl"
        ]
    );
    assert_eq!(description.unread, []);
}

#[test]
fn describes_exported_programs_and_the_pickle_inside() {
    let description = described(TORCH_EXPORT, "model.pt2");
    let Content::TorchExport(export) = &description.content else {
        panic!("{description:?}")
    };
    let weight = &export.weights[0];
    assert_eq!(
        (weight.name.as_str(), weight.dtype.as_deref()),
        ("layer.weight", Some("float32"))
    );
    assert_eq!(
        weight.shape,
        Some(vec![Dimension::Fixed(2), Dimension::Fixed(3)])
    );
    assert_eq!(
        (weight.bytes, weight.is_parameter, weight.use_pickle),
        (Some(24), true, false)
    );
    assert_eq!(export.weights.len(), 2);
    assert!(!export.use_pickle && export.has_sample_inputs);
    let targets: Vec<_> = export.targets.iter().map(String::as_str).collect();
    assert_eq!(
        targets,
        [
            "torch.ops.aten.linear.default",
            "torch.ops.aten.relu.default"
        ]
    );
    let [pickle] = description.pickles.as_slice() else {
        panic!("{description:?}")
    };
    assert!(
        pickle
            .member
            .starts_with("linear/data/sample_inputs/model.pt!/"),
        "{pickle:?}"
    );
    assert_eq!(description.danger, Danger::Harmless);
}

#[test]
fn describes_skops_files() {
    let description = described(SKOPS, "model.skops");
    let Content::Skops(skops) = &description.content else {
        panic!("{description:?}")
    };
    let root = "sklearn.linear_model._base.LinearRegression";
    assert_eq!(skops.root_class.as_deref(), Some(root));
    assert_eq!(skops.version.as_deref(), Some("0.16.0"));
    let arrays: Vec<_> = skops
        .arrays
        .iter()
        .map(|a| (a.dtype.as_str(), &a.shape[..]))
        .collect();
    assert_eq!(arrays, [("<f8", &[2][..]), ("<f8", &[2]), ("<f8", &[])]);
    assert!(
        skops
            .classes
            .iter()
            .all(|class| class.danger <= Danger::Custom),
        "{skops:?}"
    );
    assert!(skops.classes.iter().any(|class| class.name == "ndarray"));
    assert_eq!(
        (description.pickles.len(), description.danger),
        (0, Danger::Harmless)
    );
}

#[test]
fn describes_compressed_pickles_by_their_ending() {
    let description = described(COMPRESSED, "python_model.pkl.xz");
    assert!(matches!(
        description.content,
        Content::CompressedPickle { .. }
    ));
    assert!(description.pickles[0].report.names_only_one_class());
    assert!(describe(Cursor::new(COMPRESSED), "python_model.pkl").is_err());
    assert!(describe(Cursor::new(b"hello"), "model.pkl").is_err());
}

const EVIL: &[u8] = b"cos\nsystem\n(S'true'\ntR.";

/// Writes a zip archive of stored members.
fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, data) in members {
        let sizes = [
            0,
            u32::try_from(data.len()).unwrap(),
            u32::try_from(data.len()).unwrap(),
        ];
        let mut fields: Vec<u8> = vec![20, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        fields.extend(sizes.iter().flat_map(|size| size.to_le_bytes()));
        fields.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        fields.extend([0, 0]);
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&fields);
        directory.extend([0; 10]);
        directory.extend(u32::try_from(out.len()).unwrap().to_le_bytes());
        directory.extend(name.as_bytes());
        out.extend(b"PK\x03\x04");
        out.extend(&fields);
        out.extend(name.as_bytes());
        out.extend(*data);
    }
    let count = u16::try_from(members.len()).unwrap().to_le_bytes();
    let start = u32::try_from(out.len()).unwrap();
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([count, count].concat());
    out.extend(u32::try_from(directory.len()).unwrap().to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}

#[test]
fn finds_pickles_wherever_they_hide() {
    let object_array = [
        b"\x93NUMPY\x01\x00\x3a\x00".as_slice(),
        b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }  ",
        EVIL,
    ]
    .concat();
    let inner = zip(&[("a/data.pkl", EVIL)]);
    let config =
        br#"{"config":{"w":{"path_name":"weight_0","use_pickle":true,"tensor_meta":null}}}"#;
    let hidden = br#"{"config":{"w":{"path_name":"weight_0","use_pickle":false,"tensor_meta":{"dtype":7}},"v":{"path_name":"weight_0","use_pickle":true}}}"#;
    let framed: &[u8] = b"\x80\x04\x8c\x02os\x8c\x06system\x93.";
    let cases: &[&[(&str, &[u8])]] = &[
        &[("model/data.pkl", EVIL)],
        &[("model/data.pkl", b"N."), ("model/data.pkl", EVIL)],
        &[("model/data.pkl", EVIL), ("model/data.pkl", b"N.")],
        &[("model/data.pkl", b"N."), ("model/data/x", framed)],
        &[("schema.json", b"{}"), ("a.npy", &object_array)],
        &[("schema.json", b"{}"), ("note.txt", framed)],
        &[
            ("m/archive_format", b"pt2"),
            ("m/data/sample_inputs/model.pt", &inner),
        ],
        &[
            ("m/archive_format", b"pt2"),
            ("m/data/sample_inputs/model.pt", EVIL),
        ],
        &[
            ("m/models/model.json", b"{}"),
            ("m/data/weights/c.json", config),
            ("m/data/weights/weight_0", framed),
        ],
        &[
            ("m/models/model.json", b"{}"),
            ("m/data/weights/c.json", hidden),
            ("m/data/weights/weight_0", framed),
        ],
    ];
    for members in cases {
        let description = described(&zip(members), "model.zip");
        assert_eq!(
            description.danger,
            Danger::Dangerous,
            "{members:?} {description:?}"
        );
    }
    // Bytes of tensors are never unpickled, even if they look like a pickle.
    let raw = zip(&[("m/data.pkl", b"N."), ("m/data/0", framed)]);
    assert_eq!(described(&raw, "model.pth").danger, Danger::Harmless);
}

#[test]
fn says_what_it_could_not_read() {
    let deep = (0..4).fold(EVIL.to_vec(), |inside, _| zip(&[("x", &inside)]));
    let description = described(&deep, "model.zip");
    assert_eq!(description.danger, Danger::Unknown);
    assert_eq!(description.unread[0].member, "x!/x!/x");
    let mut encrypted = zip(&[("m/data.pkl", EVIL)]);
    let entry = memchr::memmem::find(&encrypted, b"PK\x01\x02").unwrap();
    encrypted[entry + 8] = 1;
    assert_eq!(
        described(&encrypted, "a.pth").unread[0].reason,
        "it is encrypted"
    );
    let mut renamed = zip(&[("m/data.pkl", EVIL)]);
    renamed[30] = b'x';
    let reason = "its local header has another name";
    assert_eq!(described(&renamed, "a.pth").unread[0].reason, reason);
    let nested = [b"[".repeat(200), b"]".repeat(200)].concat();
    let json = described(&zip(&[("schema.json", &nested)]), "a.skops");
    assert!(
        json.unread[0].reason.contains("recursion limit"),
        "{json:?}"
    );
}

#[test]
fn notes_unsafe_and_repeated_names() {
    let names = [
        "../a", "/a", "a/../b", "a\\b", "C:a", "a\0b", "./a", "", "a", "b/c.txt", "a..b", "a",
    ];
    let members: Vec<(&str, &[u8])> = names.iter().map(|name| (*name, b"x".as_slice())).collect();
    let description = described(&zip(&members), "model.zip");
    assert_eq!(description.unsafe_names, names[..8]);
    assert_eq!(description.duplicate_names, ["a"]);
}

#[test]
fn refuses_archives_that_two_readers_would_read_differently() {
    let good = zip(&[("a", b"x")]);
    let prefixed = [b"#!/bin/sh\n".as_slice(), &good].concat();
    let mut miscounted = good.clone();
    let end = good.len() - 22;
    miscounted[end + 10] = 2;
    let cases: &[(&[u8], &str)] = &[
        (
            &prefixed,
            "broken zip archive: its directory is not where it says",
        ),
        (
            &miscounted,
            "broken zip archive: the directory has another number of entries",
        ),
        (
            &good[..good.len() - 1],
            "broken zip archive: the end of the directory is cut short",
        ),
        (
            &good[..40],
            "broken zip archive: there is no directory at its end",
        ),
    ];
    for (bytes, message) in cases {
        let cut = describe(Cursor::new(bytes), "a.zip");
        let error = cut.unwrap_err();
        assert!(matches!(error, ArchiveError::Malformed(_)));
        assert_eq!(error.to_string(), *message);
    }
}

#[test]
fn becomes_json_with_stable_names() {
    let json = serde_json::to_value(described(TORCH_EXPORT, "model.pt2")).unwrap();
    assert_eq!(json["content"]["kind"], "torch_export");
    assert_eq!(
        json["content"]["weights"][0]["shape"],
        serde_json::json!([2, 3])
    );
    assert_eq!(json["danger"], "harmless");
}

#[test]
fn never_fails_badly_on_changed_archives() {
    let fixtures = [
        TORCH_SAVE,
        STATE_DICT,
        TORCH_SCRIPT,
        TORCH_EXPORT,
        SKOPS,
        LEGACY,
    ];
    for_each_mutation(&fixtures, 20_000, |bytes| {
        let _ = describe(Cursor::new(bytes), "model.pth");
        let _ = describe(Cursor::new(bytes), "model.skops");
    });
}
