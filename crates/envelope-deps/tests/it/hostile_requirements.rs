//! Requirements files that are wrong or that mean harm: each ends soon, with an answer or with an
//! error that says where.

use envelope_deps::source::{RequirementsFile, RewriteOptions};
use envelope_deps::{Error, Graph, PruneSpec, Target};
use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

/// Reads `r.txt` among these files.
fn read(files: &[(&str, &[u8])]) -> Result<RequirementsFile, Error> {
    let files: HashMap<&Path, &[u8]> = files
        .iter()
        .map(|(name, bytes)| (Path::new(*name), *bytes))
        .collect();
    RequirementsFile::read_with(Path::new("r.txt"), &mut |path| {
        let bytes = files.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(bytes.to_vec())
    })
}

fn write(file: &RequirementsFile) -> Vec<u8> {
    let inventory = file.inventory();
    let graph = Graph::build(&inventory, &[], Target::Universal);
    let pruned = graph.prune(&PruneSpec::default()).expect("a prune");
    file.rewrite(&pruned, RewriteOptions::default())
}

#[test]
fn mistakes_have_their_places() {
    for (text, message) in [
        (
            "a==1\n-r nope.txt\n",
            "r.txt:2: the included file `nope.txt` is not there",
        ),
        (
            "a==1\nb c\n",
            "r.txt:2:3: expected one of `@`, `(`, `<`, `=`, `>`, `~`, `!`, `;`, found `c`",
        ),
        (
            "\r\n  a ; nope == '3'\r\n",
            "r.txt:2:7: expected a quoted string or a valid marker name, found `nope`",
        ),
        ("a==1 ; \\\n  python_version ! '3'\n", "r.txt:2:18: "),
        ("-e\n", "r.txt:1:3: expected a path or a URL"),
        ("-r \n", "r.txt:1: expected a path after the option"),
        (
            "-r https://u:secret@x.example/r.txt\n",
            "r.txt:1:1: an included file of another machine is not read, expected a path",
        ),
        ("é\n", "r.txt:1:1: expected "),
        ("ab\0c\n", "r.txt:1:3: expected one of "),
        (
            "a @ https://u:secret@x.example:x/a.whl ; nope\n",
            "r.txt:1:42: expected ",
        ),
        (
            "a==1\na==2\n",
            "r.txt:2: `a` is pinned at 2, but r.txt:1 pins it at 1",
        ),
        (
            "a==1 ; python_version < '3.12'\na==2 ; python_version > '3.10'\n",
            "r.txt:2: `a` is pinned at 2, but r.txt:1 pins it at 1",
        ),
    ] {
        let error = read(&[("r.txt", text.as_bytes())])
            .expect_err(text)
            .to_string();
        assert!(error.starts_with(message), "{text:?}: {error}");
        assert!(!error.contains("secret"), "{error}");
    }
    let error = read(&[("r.txt", b"# \xFF is fine here\na\xFFb\n")]).expect_err("no UTF-8");
    assert_eq!(error.to_string(), "r.txt:2:2: the line is not UTF-8");
}

#[test]
fn pins_that_agree_or_never_meet_are_fine() {
    for text in [
        "a==1\na==1.0\nA == 1\n",
        "a==1 ; sys_platform == 'win32'\na==2 ; sys_platform != 'win32'\n",
        "a>=1\na==2\n",
    ] {
        let file = read(&[("r.txt", text.as_bytes())]).expect(text);
        assert_eq!(write(&file), text.as_bytes());
    }
}

#[test]
fn what_is_doubtful_is_noted() {
    for (text, notes) in [
        (
            "a===2004d\n",
            &["r.txt:1: only the name `a` is read, uv refuses the rest"][..],
        ),
        (
            "--frobnicate=secret\n",
            &["r.txt:1: the option is not known, and stays as it is"],
        ),
        (
            "\nbase.txt\n",
            &[
                "r.txt:2: `base.txt` is read as the name of a package, `-r base.txt` would include it",
            ],
        ),
        ("a @ https://x.example/a\n-c none.txt\n--pre\n-e .\n", &[]),
    ] {
        let file = read(&[("r.txt", text.as_bytes())]).expect(text);
        assert_eq!(file.notes(), notes, "{text}");
    }
    let many = "a===x\n".repeat(1000);
    assert_eq!(
        read(&[("r.txt", many.as_bytes())])
            .expect("many")
            .notes()
            .len(),
        101
    );
}

#[test]
fn bytes_of_every_kind_are_kept() {
    for text in [
        &b"\xEF\xBB\xBFa==1 # \xFF\0\r\n\r# \xC3\n"[..],
        b"a==1 \\\r\n  --hash=sha256:00 \\\r  --config-settings=\"x=y z\"\n\t# via -r x\n",
        b"--frobnicate \xFF\n",
        b"a===2004d\nb @ https://${U}:${P}@x.example/b.whl\n./c # d",
        b"a \\",
        b"\\\n",
        b"\xFF\xFEa\0=\0=\x001\0\r\0\n\0",
        b"\0",
    ] {
        match read(&[("r.txt", text)]) {
            Ok(file) => assert_eq!(write(&file), text),
            Err(error) => assert_eq!(text, b"\0", "{error}"),
        }
    }
}

#[test]
fn includes_end() {
    let chain: Vec<(String, String)> = (0..50_000)
        .map(|n| (format!("{n}.txt"), format!("p{n}\n-r {}.txt\n", n + 1)))
        .collect();
    let mut files: Vec<(&str, &[u8])> = vec![("r.txt", b"-r 0.txt\n"), ("50000.txt", b"last\n")];
    files.extend(
        chain
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_bytes())),
    );
    let file = read(&files).expect("a chain");
    assert_eq!(file.listed().len(), 50_001);
    let written = write(&file);
    assert!(written.starts_with(b"p0\np1\n") && written.ends_with(b"last\n"));

    let a_loop: [(&str, &[u8]); 3] = [
        ("r.txt", b"-r ./r.txt\na\n-r sub/../sub/b.txt\nc"),
        ("sub/b.txt", b"-r ../r.txt\r\n-r b.txt\r\n# kept\r\nb \\"),
        ("sub/c.txt", b""),
    ];
    let file = read(&a_loop).expect("a loop");
    assert_eq!(write(&file), b"a\n# kept\nb\nc");
}

#[test]
fn a_byte_order_mark_of_another_file_is_not_written() {
    let files: [(&str, &[u8]); 2] = [
        ("r.txt", b"a\n-r b.txt\n"),
        ("b.txt", b"\xFF\xFEb\0\r\0\n\0"),
    ];
    assert_eq!(write(&read(&files).expect("two files")), b"a\nb\n");
    let files: [(&str, &[u8]); 2] = [("r.txt", b"\xFF\xFE-\0r\0 \0b\0"), ("b.txt", b"b # \xFF\n")];
    assert!(read(&files).is_err(), "UTF-16 cannot hold any bytes");
}

#[test]
fn several_files_are_written_as_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let write_file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, bytes).expect("a file");
        path
    };
    let first = write_file("a.txt", b"a\r\n-r sub/b.txt");
    let second = write_file("sub/b.txt", b"b\n");
    let third = write_file("c.txt", b"-r a.txt\nc");
    let file = RequirementsFile::read_all(&first, &[&second, &third]).expect("three files");
    assert_eq!(write(&file), b"a\r\nb\r\nc");
    let error = RequirementsFile::read_all(&third, &[&folder.path().join("d.txt")]);
    let error = error.expect_err("no file").to_string();
    assert!(error.contains("d.txt"), "{error}");
}

#[cfg(unix)]
#[test]
fn only_files_are_included() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("r.txt");
    std::fs::create_dir(folder.path().join("sub")).expect("a folder");
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo, of coreutils").success());
    for include in ["sub", "pipe", "/dev/zero"] {
        std::fs::write(&path, format!("a\n-r {include}\n")).expect("a file");
        let error = RequirementsFile::read(&path)
            .expect_err("no file")
            .to_string();
        assert!(
            error.contains("r.txt:2: cannot read the included file"),
            "{error}"
        );
    }
    assert!(RequirementsFile::read(folder.path()).is_err());
    assert!(RequirementsFile::read(&folder.path().join("none.txt")).is_err());
}

#[test]
fn much_text_is_read_in_bounded_time() {
    let hashed = |n: usize| {
        let hash = format!("    --hash=sha256:{n:064x}");
        format!(
            "p{n}==1.{n} \\\n{}\n    # via p{}\n",
            vec![hash; 20].join(" \\\n"),
            n / 2
        )
    };
    let texts: [(&str, Vec<u8>, bool); 8] = [
        (
            "hashed",
            (0..4_000).flat_map(|n| hashed(n).into_bytes()).collect(),
            true,
        ),
        ("one line", vec![b'a'; 4 << 20], false),
        ("blanks", vec![b'\n'; 4 << 20], true),
        ("comments", b"#\n\n".repeat(100_000), true),
        ("one package", b"numpy==1.26.4\n".repeat(100_000), true),
        ("continued", b"\\\n".repeat(1 << 20), true),
        ("too many lines", b"a\n".repeat(1_000_001), false),
        (
            "parents",
            [b"a\n  # via\n".to_vec(), b"  #   b\n".repeat(1 << 17)].concat(),
            true,
        ),
    ];
    for (name, text, is_fine) in texts {
        let start = Instant::now();
        let file = read(&[("r.txt", &text)]);
        assert_eq!(file.is_ok(), is_fine, "{name}: {:?}", file.err());
        if let Ok(file) = file {
            assert!(write(&file) == text, "{name}");
        }
        let took = start.elapsed();
        assert!(took < Duration::from_mins(2), "{name}: {took:?}");
    }
}
