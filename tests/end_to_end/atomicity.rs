//! A package appears whole or not at all: processes are killed, race, and run out of space.

use crate::support::fixtures::seal_spec;
use crate::support::scratch::Scratch;
use crate::support::sealer::{BEGINS, FAILED, Order};
use crate::support::tree;
use envelope_format::package::Package;
use envelope_format::verify::{VerifyOptions, verify};
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How often a process is killed in all.
const KILLS: u32 = 100;
/// How large the artifact is that one of the packages has.
const ARTIFACT_BYTES: usize = 6 << 20;

/// Two specs of packages that differ in size and files.
struct Pair {
    scratch: Scratch,
    small: PathBuf,
    large: PathBuf,
}

impl Pair {
    fn new() -> Self {
        let scratch = Scratch::new("atomicity");
        let spec = |name: &str, artifact: &[u8], others: usize| {
            let folder = scratch.join("specs").join(name);
            let source = crate::support::fixtures::spec("code");
            tree::copy(source.parent().unwrap(), &folder);
            tree::write(&folder.join("tables/big.bin"), artifact);
            for number in 0..others {
                let path = format!("tables/folder/{number}/file.txt");
                tree::write(&folder.join(path), name.as_bytes());
            }
            let path = folder.join("envelope.yaml");
            let text = std::fs::read_to_string(&path).unwrap();
            let text = text.replace("name: discounts", &format!("name: {name}"));
            let artifacts = "  tables: tables\ncode:";
            std::fs::write(&path, text.replace("code:", artifacts)).unwrap();
            path
        };
        let noise: Vec<u8> = (0..ARTIFACT_BYTES)
            .map(|i| u8::try_from(i * 7 % 251).unwrap())
            .collect();
        Self {
            small: spec("small", b"small", 20),
            large: spec("large", &noise, 1),
            scratch,
        }
    }

    /// The identities of the two packages when nothing disturbs their sealing.
    fn identities(&self) -> BTreeSet<String> {
        let seal = |spec: &PathBuf| {
            let place = self
                .scratch
                .join("undisturbed")
                .join(spec.parent().unwrap().file_name().unwrap());
            seal_spec(spec, &place);
            whole(&place).unwrap()
        };
        [&self.small, &self.large].map(seal).into_iter().collect()
    }

    fn order(&self, destination: &Path, replace: bool, times: usize) -> Order {
        Order {
            specs: vec![self.large.clone(), self.small.clone()],
            destination: destination.to_owned(),
            replace,
            times,
        }
    }
}

/// The identity of a package all of whose files are as they were sealed, or what is wrong with it.
fn whole(root: &Path) -> Result<String, String> {
    let package = Package::open(root).map_err(|error| error.to_string())?;
    let report = verify(root, VerifyOptions::default()).map_err(|error| error.to_string())?;
    let manifest = package.digests().ok_or("it has no digests")??;
    if !report.is_clean() || manifest.files.len() + 1 != package.tree().files().count() {
        return Err(format!("{:?}", report.findings));
    }
    let identity = package.mlmodel().model_uuid().unwrap_or_default();
    Ok(identity.to_owned())
}

/// Numbers that look random and are the same in every run (xorshift, George Marsaglia 2003).
struct Delays(u64);

impl Delays {
    /// A delay up to a limit.
    fn next(&mut self, limit: Duration) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        limit.mul_f64((self.0 >> 11) as f64 / (1u64 << 53) as f64)
    }
}

/// Starts a process, lets it begin to seal, kills it after the delay.
fn kill_after(command: &mut Command, delay: Duration) {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains(BEGINS)));
    std::thread::sleep(delay);
    // SIGKILL on Unix: no destructor runs. A process that is done already is fine too.
    child.kill().unwrap();
    child.wait().unwrap();
}

/// How long the slower of the packages takes to seal here, replacing the other.
fn duration(pair: &Pair) -> Duration {
    let place = pair.scratch.join("timed/package");
    let replace =
        |spec: &Path| crate::support::fixtures::try_seal_spec(spec, &place, true).unwrap();
    let start = Instant::now();
    for _ in 0..3 {
        replace(&pair.large);
        replace(&pair.small);
    }
    start.elapsed() / 3
}

#[test]
fn a_killed_process_leaves_the_old_package_or_the_new_one() {
    let pair = Pair::new();
    let identities = pair.identities();
    let destination = pair.scratch.join("out/package");
    seal_spec(&pair.small, &destination);
    let mut limit = duration(&pair);
    let mut delays = Delays(0x9E37_79B9_7F4A_7C15);
    let mut seen = BTreeSet::new();
    for kill in 0..KILLS {
        // A machine that has become busier needs longer delays for the kills to reach every point.
        if kill % 10 == 9 && seen.len() < 2 {
            limit *= 2;
        }
        let order = pair.order(&destination, true, 1000);
        kill_after(&mut order.command(), delays.next(limit));
        let identity = whole(&destination).unwrap_or_else(|fault| panic!("kill {kill}: {fault}"));
        assert!(
            identities.contains(&identity),
            "kill {kill}: a third package"
        );
        seen.insert(identity);
    }
    assert_eq!(seen, identities, "the kills never hit between two packages");
    assert_next_run_cleans(&pair, &destination);
}

#[test]
fn a_process_killed_the_first_time_leaves_a_whole_package_or_none() {
    let pair = Pair::new();
    let identities = pair.identities();
    let limit = duration(&pair);
    let mut delays = Delays(0xD1B5_4A32_D192_ED03);
    let mut absent = 0;
    for kill in 0..KILLS / 2 {
        let destination = pair.scratch.join(format!("out/{}/package", kill % 5));
        let _ = std::fs::remove_dir_all(&destination);
        let order = pair.order(&destination, false, 1);
        kill_after(&mut order.command(), delays.next(limit));
        if destination.symlink_metadata().is_err() {
            absent += 1;
            continue;
        }
        let identity = whole(&destination).unwrap_or_else(|fault| panic!("kill {kill}: {fault}"));
        assert!(
            identities.contains(&identity),
            "kill {kill}: a third package"
        );
    }
    assert!(absent > 0, "no kill came before the package was there");
    for number in 0..5 {
        assert_next_run_cleans(&pair, &pair.scratch.join(format!("out/{number}/package")));
    }
}

/// Seals once more, and looks for what the killed processes left.
fn assert_next_run_cleans(pair: &Pair, destination: &Path) {
    crate::support::fixtures::try_seal_spec(&pair.small, destination, true).unwrap();
    whole(destination).unwrap();
    assert_eq!(tree::names(destination.parent().unwrap()), ["package"]);
}

#[test]
fn processes_that_seal_to_one_place_at_once_leave_one_whole_package() {
    let pair = Pair::new();
    let identities = pair.identities();
    let destination = pair.scratch.join("out/package");
    let order = pair.order(&destination, true, 12);
    let start = || {
        let mut command = order.command();
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    for child in [start(), start(), start()] {
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}");
        assert!(!text.contains(FAILED), "{text}");
    }
    assert!(identities.contains(&whole(&destination).unwrap()));
    assert_eq!(tree::names(&pair.scratch.join("out")), ["package"]);
}

#[test]
fn of_processes_that_may_not_replace_one_wins_and_the_others_say_so() {
    let pair = Pair::new();
    let destination = pair.scratch.join("out/package");
    let order = pair.order(&destination, false, 1);
    let start = || order.command().stdout(Stdio::piped()).spawn().unwrap();
    let texts = [start(), start(), start()].map(|child| {
        let output = child.wait_with_output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    });
    let losers: Vec<&String> = texts.iter().filter(|text| text.contains(FAILED)).collect();
    assert_eq!(losers.len(), 2, "{texts:?}");
    assert!(
        losers.iter().all(|text| text.contains("exists already")),
        "{losers:?}"
    );
    whole(&destination).unwrap();
    assert_eq!(tree::names(&pair.scratch.join("out")), ["package"]);
}

/// Lets no file grow beyond so many KiB, as a disk would that is full; without a word, since the
/// system's signal for it is not wanted.
fn with_small_disk(order: &Order) -> String {
    // Shells count in units of 512 or 1024 bytes: 2 or 4 MiB, less than the artifact has.
    let mut command = order.command_after("trap '' XFSZ; ulimit -f 4096");
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_full_disk_is_a_clear_error_and_leaves_nothing_behind() {
    let pair = Pair::new();
    let destination = pair.scratch.join("out/package");
    let order = Order {
        specs: vec![pair.large.clone()],
        ..pair.order(&destination, true, 1)
    };
    let text = with_small_disk(&order);
    assert!(
        text.contains("cannot write `") && text.contains("big.bin`"),
        "{text}"
    );
    assert_eq!(tree::names(&pair.scratch.join("out")), [""; 0]);
    seal_spec(&pair.small, &destination);
    let before = tree::files(&destination);
    let text = with_small_disk(&order);
    assert!(text.contains("cannot write `"), "{text}");
    assert!(
        tree::files(&destination) == before,
        "the old package changed"
    );
    assert_eq!(tree::names(&pair.scratch.join("out")), ["package"]);
}
