//! The same spec gives the same bytes, wherever and by whomever it is sealed.

use crate::support::fixtures::{repository, seal_spec, specs};
use crate::support::scratch::Scratch;
use crate::support::sealer::{FAILED, Order};
use crate::support::tree;
use std::fs::{self, File, FileTimes, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

#[test]
fn two_runs_give_the_same_bytes() {
    let scratch = Scratch::new("same");
    for (name, spec) in specs() {
        let (first, second) = (scratch.join(&name).join("a"), scratch.join(&name).join("b"));
        seal_spec(&spec, &first);
        seal_spec(&spec, &second);
        tree::assert_same(&second, &first);
    }
}

/// Makes every file look as if someone else had copied it at some other time.
fn disguise(root: &Path) {
    for (number, path) in tree::files(root).into_keys().enumerate() {
        let path = root.join(path);
        let mode = if number % 2 == 0 { 0o700 } else { 0o444 };
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 * number as u64);
        file.set_times(FileTimes::new().set_modified(time).set_accessed(time))
            .unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    }
}

#[test]
fn copies_elsewhere_with_other_times_and_permissions_give_the_same_bytes() {
    let scratch = Scratch::new("copied");
    for (name, spec) in specs() {
        let folder = spec.parent().unwrap();
        let copied = scratch.join("elsewhere").join(&name).join("deeper");
        tree::copy(folder, &copied);
        disguise(&copied);
        let (here, there) = (
            scratch.join("here").join(&name),
            scratch.join("there").join(&name),
        );
        seal_spec(&spec, &here);
        seal_spec(&copied.join("envelope.yaml"), &there);
        tree::assert_same(&there, &here);
    }
}

#[test]
fn other_surroundings_of_the_process_give_the_same_bytes() {
    let scratch = Scratch::new("surroundings");
    for (name, spec) in specs() {
        let expected = scratch.join("expected").join(&name);
        seal_spec(&spec, &expected);
        let surroundings = [
            ("umask", "umask 077; cd /"),
            (
                "locale",
                "export LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8 TZ=Pacific/Kiritimati",
            ),
            (
                "bare",
                "for name in HOME USER LOGNAME PATH LANG; do unset $name; done; umask 000",
            ),
        ];
        for (how, preparation) in surroundings {
            let destination = scratch.join(how).join(&name);
            let order = Order {
                specs: vec![spec.clone()],
                destination: destination.clone(),
                replace: false,
                times: 1,
            };
            let output = order.command_after(preparation).output().unwrap();
            let text = String::from_utf8_lossy(&output.stdout);
            assert!(
                output.status.success() && !text.contains(FAILED),
                "{name} {how}: {text}"
            );
            tree::assert_same(&destination, &expected);
        }
    }
}

#[test]
fn a_relative_spec_gives_the_same_bytes_as_an_absolute_one() {
    let scratch = Scratch::new("relative");
    let spec = Path::new("example/envelope.yaml");
    // Tests run in the folder of their package, which is the repository.
    assert_eq!(std::env::current_dir().unwrap(), repository());
    seal_spec(spec, &scratch.join("relative"));
    seal_spec(&repository().join(spec), &scratch.join("absolute"));
    tree::assert_same(&scratch.join("relative"), &scratch.join("absolute"));
}

#[test]
fn one_changed_byte_gives_another_identity() {
    let scratch = Scratch::new("changed");
    let (name, spec) = specs().swap_remove(0);
    let copied = scratch.join(&name);
    tree::copy(spec.parent().unwrap(), &copied);
    let source = copied.join("prices.csv");
    let text = fs::read_to_string(&source).unwrap();
    fs::write(&source, text.replace("1.5", "1.6")).unwrap();
    seal_spec(&spec, &scratch.join("a"));
    seal_spec(&copied.join("envelope.yaml"), &scratch.join("b"));
    let identity = |name| {
        let package = envelope_format::package::Package::open(&scratch.join(name)).unwrap();
        package.mlmodel().model_uuid().unwrap().to_owned()
    };
    assert_ne!(identity("a"), identity("b"));
    assert_eq!(identity("a").len(), 32);
}
