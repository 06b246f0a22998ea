//! Patches that nobody's git wrote: reading, searching, masking and showing them ends without a panic.

use envelope_capture::redact::{Contents, mask, secrets};
use envelope_capture::{Page, Patch, Section};
use proptest::prelude::*;

/// Contents that have nothing to do with the patch.
struct Unrelated;

impl Contents for Unrelated {
    fn object(&self, _: &str) -> Option<Vec<u8>> {
        Some(b"one\ntwo".to_vec())
    }

    fn file(&self, _: &Section) -> Option<Vec<u8>> {
        Some(b"token = 'q7Xb2mPz9LkV4tRw8sYd'\0".to_vec())
    }
}

/// Pieces of patches, in whatever order.
const PIECES: [&str; 24] = [
    "diff --git a/x b/x\n",
    "diff --git \"a/\\303\\274\" b/x y\n",
    "diff --git a/x b/y\n",
    "index 1111111..2222222 100644\n",
    "index 1..\n",
    "old mode 100644\nnew mode 120000\n",
    "new file mode 160000\n",
    "deleted file mode 999\n",
    "rename from \"a\\\n",
    "rename to \n",
    "--- a/x\n+++ b/x\n",
    "--- /dev/null\n+++ /dev/null\n",
    "@@ -1,2 +1,2 @@ heading\n",
    "@@ -0,0 +1 @@\n",
    "@@ -4294967295,3 +4294967295,3 @@\n",
    "@@ -99999999999999999999,1 +1 @@\n",
    "@@ -1 +1 @@",
    " token = 'q7Xb2mPz9LkV4tRw8sYd'\n",
    "-token = 'q7Xb2mPz9LkV4tRw8sYd'\n",
    "+token = 'q7Xb2mPz9LkV4tRw8sYd'\n",
    "+\u{202e}\u{1}<b>\n",
    "\\ No newline at end of file\n",
    "GIT binary patch\nliteral 0\nHcmV?d00001\n\n",
    "\n",
];

fn patch() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        12 => prop::sample::select(PIECES.to_vec()).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..12),
    ];
    prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

/// A section with one hunk that is as it should be, among what is not.
fn likely() -> impl Strategy<Value = Vec<u8>> {
    let line = prop::sample::select(vec![PIECES[17], PIECES[18], PIECES[19], PIECES[20]]);
    let lines = prop::collection::vec(line, 0..6);
    let start = prop::sample::select(vec!["0", "1", "7", "4294967295"]);
    let headers = prop::sample::subsequence(PIECES[3..9].to_vec(), 0..3);
    (headers, start, lines).prop_map(|(headers, start, lines)| {
        let count = |sign: char| {
            lines
                .iter()
                .filter(|line| line.starts_with([' ', sign]))
                .count()
        };
        let (old, new) = (count('-'), count('+'));
        let header = format!("@@ -{start},{old} +{start},{new} @@\n");
        [
            "diff --git a/x b/x\n",
            &headers.concat(),
            &header,
            &lines.concat(),
        ]
        .concat()
        .into_bytes()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_patch_ends_in_a_panic(bytes in prop_oneof![patch(), likely()]) {
        if let Ok(patch) = Patch::read(bytes.clone()) {
            prop_assert_eq!(patch.as_bytes(), bytes);
            let found = secrets(&patch, &|section| Unrelated.file(section));
            let masked = mask(patch, &found, &Unrelated).expect("masks fall into lines");
            let page = Page {
                patch: &masked.patch,
                commit: Some("é"),
                branch: None,
                left_out: &[],
                inexact: &[],
                masked: &masked.lines,
            };
            prop_assert!(page.html().ends_with("</html>\n"));
        }
    }
}
