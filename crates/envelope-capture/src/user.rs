//! Who runs this program, as Python's `getpass.getuser` and so MLflow tell it:
//! <https://docs.python.org/3/library/getpass.html#getpass.getuser>.

use crate::os::variable;
use std::ffi::OsString;
use std::path::Path;

/// Variables that name the user, the first that is set wins.
const NAMES: [&str; 4] = ["LOGNAME", "USER", "LNAME", "USERNAME"];

/// The name of the user: from the variables of the environment, else from the system's list of users
/// below `root`, which is `/`.
pub fn user(variables: &[(OsString, OsString)], root: &Path) -> Option<String> {
    let named = NAMES.iter().find_map(|name| {
        let value = variable(variables, name)?;
        Some(value.to_string_lossy().into_owned())
    });
    named.or_else(|| listed(root))
}

#[cfg(unix)]
fn listed(root: &Path) -> Option<String> {
    let list = std::fs::read_to_string(root.join("etc/passwd")).ok()?;
    named(&list, rustix::process::getuid().as_raw())
}

#[cfg(not(unix))]
fn listed(_: &Path) -> Option<String> {
    None
}

/// The name of a user in `/etc/passwd`: `name:password:id:…`.
#[cfg(unix)]
fn named(list: &str, id: u32) -> Option<String> {
    list.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let found = fields.nth(1)?.parse::<u32>().ok()?;
        (found == id && !name.is_empty()).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_come_before_the_list_of_users() {
        let variables = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter();
            let pairs = pairs.map(|(name, value)| (name.into(), value.into()));
            pairs.collect::<Vec<(OsString, OsString)>>()
        };
        let nowhere = Path::new("/nowhere");
        let found = |pairs: &[(&str, &str)]| user(&variables(pairs), nowhere);
        assert_eq!(
            found(&[("USER", "b"), ("LOGNAME", "a")]).as_deref(),
            Some("a")
        );
        assert_eq!(
            found(&[("LOGNAME", ""), ("USER", "b")]).as_deref(),
            Some("b")
        );
        assert_eq!(found(&[("HOSTNAME", "c")]), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_line_of_the_list_is_found_by_its_number() {
        let list = "root:x:0:0:root:/root:/bin/sh\nbroken\nme:x:1000:1000:::/bin/sh\n";
        assert_eq!(named(list, 0).as_deref(), Some("root"));
        assert_eq!(named(list, 1000).as_deref(), Some("me"));
        assert_eq!(named(list, 1), None);
    }
}
