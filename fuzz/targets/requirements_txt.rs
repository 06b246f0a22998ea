//! Requirements files with what they include: bytes that stay are kept, and what is written
//! without some packages reads as the same file without them.
//!
//! The input is several files, each ended by the byte 0x1E: `r.txt`, `b.txt`, `sub/c.txt`.

#![no_main]

use envelope_deps::source::{RequirementsFile, RewriteOptions};
use envelope_deps::{Graph, Inventory, OnRequired, Pattern, PruneSpec, Target};
use libfuzzer_sys::fuzz_target;
use std::io;
use std::path::Path;

const NAMES: [&str; 3] = ["r.txt", "b.txt", "sub/c.txt"];

fn read(files: &[&[u8]]) -> Option<RequirementsFile> {
    let read = RequirementsFile::read_with(Path::new(NAMES[0]), &mut |path| {
        let place = NAMES.iter().position(|name| Path::new(name) == path);
        let bytes = place.and_then(|place| files.get(place));
        bytes.map(|bytes| bytes.to_vec()).ok_or(io::ErrorKind::NotFound.into())
    });
    read.ok()
}

fn without(file: &RequirementsFile, inventory: &Inventory, names: &[String]) -> Vec<u8> {
    let graph = Graph::build(inventory, &[], Target::Universal);
    let prune = names.iter().map(|name| Pattern::parse(name).expect("a name"));
    let spec = PruneSpec {
        prune: prune.collect(),
        on_required: OnRequired::Cut,
        ..PruneSpec::default()
    };
    let pruned = graph.prune(&spec).expect("a prune");
    pruned.maybe_removable();
    let listed: Vec<String> = file.listed().iter().map(ToString::to_string).collect();
    let gone: Vec<String> =
        pruned.removed.iter().map(|one| graph.name(one.package).to_string()).collect();
    let stay: Vec<&String> = listed.iter().filter(|name| !gone.contains(name)).collect();
    let narrow = RewriteOptions { narrow_markers: true };
    file.rewrite(&pruned, narrow);
    let written = file.rewrite(&pruned, RewriteOptions::default());
    let again = read(&[&written]).expect("what was written can be read");
    let listed: Vec<String> = again.listed().iter().map(ToString::to_string).collect();
    assert!(listed.iter().eq(stay), "{listed:?} without {gone:?}");
    written
}

fuzz_target!(|input: &[u8]| {
    let files: Vec<&[u8]> = input.split(|byte| *byte == 0x1E).collect();
    let Some(file) = read(&files) else {
        return;
    };
    let inventory = file.inventory_with_markers();
    let same = without(&file, &inventory, &[]);
    if file.has_includes() {
        let whole = read(&[&same]).expect("what was written can be read");
        assert_eq!(without(&whole, &whole.inventory(), &[]), same);
    } else {
        assert_eq!(same, files[0]);
    }
    let every_third = file.listed().into_iter().step_by(3);
    let names: Vec<String> = every_third.map(ToString::to_string).collect();
    without(&file, &file.inventory(), &names);
});
