//! A package appears whole or not at all: it is made in a folder beside its destination, flushed to
//! disk, and put in place by one rename.
//!
//! While a folder is being filled its maker holds a lock on it, so that the next run can tell a
//! folder left by a killed process from one that is still in use, and removes it.

use super::flush::Flush;
use super::write::Durability;
use crate::error::Error;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// Between the destination's name and a number, with a dot before all.
const MARK: &str = ".envelope-partial-";

/// A folder that becomes the package.
pub(super) struct Staging {
    path: PathBuf,
    destination: PathBuf,
    /// Held open for its lock.
    _lock: File,
    placed: bool,
}

impl Staging {
    /// Makes an empty folder beside the destination, and removes what killed runs left there.
    pub(super) fn new(destination: &Path) -> Result<Self, Error> {
        let destination =
            std::path::absolute(destination).map_err(Error::io("resolve", destination))?;
        let (parent, name) = parent_and_name(&destination)?;
        fs::create_dir_all(parent).map_err(Error::io("create", parent))?;
        remove_litter(parent, &name)?;
        for number in 0..u32::MAX {
            let path = parent.join(format!(".{name}{MARK}{}-{number}", std::process::id()));
            match fs::create_dir(&path) {
                Ok(()) => {}
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(Error::io("create", &path)(error)),
            }
            if let Some(lock) = lock(&path) {
                return Ok(Self {
                    path,
                    destination,
                    _lock: lock,
                    placed: false,
                });
            }
        }
        Err(Error::io("create", parent)(
            std::io::ErrorKind::AlreadyExists.into(),
        ))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns when the folder, all folders in it and the given files are on disk.
    pub(super) fn flush(&self, mut files: Flush) -> Result<(), Error> {
        if !files.is_wanted() {
            return Ok(());
        }
        for entry in WalkDir::new(&self.path) {
            let entry = entry.map_err(|error| {
                let source = error.into_io_error();
                let source = source.unwrap_or_else(|| std::io::ErrorKind::Other.into());
                Error::io("read", &self.path)(source)
            })?;
            if cfg!(unix) && entry.file_type().is_dir() {
                let folder = File::open(entry.path()).map_err(Error::io("open", entry.path()))?;
                files.add(entry.path(), folder)?;
            }
        }
        files.finish()
    }

    /// Puts the folder in its place; one that stands there is replaced in the same moment, if it
    /// may be. That is asked now, since another run may have sealed to the same place meanwhile.
    pub(super) fn place(
        mut self,
        durability: Durability,
        may_replace: impl Fn() -> Result<bool, Error>,
    ) -> Result<(), Error> {
        let parent = self.path.parent().unwrap_or(Path::new("/")).to_owned();
        if !may_replace()? {
            match rename_new(&self.path, &self.destination) {
                // It came between the question and the renaming.
                Err(Error::Exists { .. }) if may_replace()? => {}
                Err(error) => return Err(error),
                Ok(()) => {
                    self.placed = true;
                    return sync_folder(&parent, durability);
                }
            }
        }
        exchange(&self.path, &self.destination)?;
        sync_folder(&parent, durability)?;
        self.placed = true;
        // What was replaced stands at the staging path now; the new package is whole whether or not
        // this succeeds, and the next run tries again.
        let _ = fs::remove_dir_all(&self.path);
        Ok(())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.placed {
            // Nothing can be done about a failure here; the next run removes the folder.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

fn parent_and_name(destination: &Path) -> Result<(&Path, String), Error> {
    let name = destination.file_name().and_then(|name| name.to_str());
    if let (Some(parent), Some(name)) = (destination.parent(), name) {
        return Ok((parent, name.to_owned()));
    }
    let reason = "expected a folder with a name in UTF-8";
    let source = std::io::Error::new(std::io::ErrorKind::InvalidInput, reason);
    Err(Error::io("write to", destination)(source))
}

/// Locks a folder that was just made. `None` when another run took it for litter meanwhile.
fn lock(path: &Path) -> Option<File> {
    let folder = File::open(path).ok()?;
    folder.try_lock().ok()?;
    path.exists().then_some(folder)
}

/// Removes the folders of this destination that no running process holds.
fn remove_litter(parent: &Path, name: &str) -> Result<(), Error> {
    let prefix = format!(".{name}{MARK}");
    for entry in fs::read_dir(parent).map_err(Error::io("read", parent))? {
        let entry = entry.map_err(Error::io("read", parent))?;
        let is_ours = entry
            .file_name()
            .to_str()
            .is_some_and(|n| n.starts_with(&prefix));
        if !is_ours {
            continue;
        }
        let Ok(folder) = File::open(entry.path()) else {
            continue;
        };
        match folder.try_lock() {
            // Another run may remove it at the same time; then it is gone all the same.
            Ok(()) => drop(fs::remove_dir_all(entry.path())),
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => {}
        }
    }
    Ok(())
}

fn sync_folder(path: &Path, durability: Durability) -> Result<(), Error> {
    if cfg!(not(unix)) || durability == Durability::Process {
        return Ok(());
    }
    File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(Error::io("flush", path))
}

/// Swaps two folders in one step.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn exchange(new: &Path, old: &Path) -> Result<(), Error> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, new, CWD, old, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(()),
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::NOTSUP) => {
            exchange_in_two_steps(new, old)
        }
        Err(error) => Err(Error::io("replace", old)(error.into())),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn exchange(new: &Path, old: &Path) -> Result<(), Error> {
    exchange_in_two_steps(new, old)
}

/// For file systems that cannot swap: the old folder steps aside first. A process killed between
/// the two steps leaves no package, and the old one under the name of litter.
fn exchange_in_two_steps(new: &Path, old: &Path) -> Result<(), Error> {
    let mut aside = new.as_os_str().to_owned();
    aside.push("-replaced");
    let aside = PathBuf::from(aside);
    fs::rename(old, &aside).map_err(Error::io("replace", old))?;
    if let Err(error) = fs::rename(new, old) {
        let _ = fs::rename(&aside, old);
        return Err(Error::io("replace", old)(error));
    }
    fs::rename(&aside, new).map_err(Error::io("remove", &aside))
}

/// Renames without replacing what another run may have put there meanwhile.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn rename_new(new: &Path, destination: &Path) -> Result<(), Error> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(CWD, new, CWD, destination, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        Err(Errno::EXIST) => Err(Error::Exists {
            path: destination.to_owned(),
            is_package: true,
        }),
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            fs::rename(new, destination).map_err(Error::io("create", destination))
        }
        Err(error) => Err(Error::io("create", destination)(error.into())),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn rename_new(new: &Path, destination: &Path) -> Result<(), Error> {
    fs::rename(new, destination).map_err(Error::io("create", destination))
}
