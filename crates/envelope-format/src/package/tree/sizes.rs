//! The sizes of the files of a tree, each asked of the system.

use super::{EntryKind, Tree};
use crate::error::Error;
use crate::relative_path::RelativePath;
use std::path::Path;

impl Tree {
    /// The size in bytes of the file at a path; `None` where there is no regular file.
    ///
    /// # Errors
    /// A file that has gone meanwhile.
    pub fn size_bytes(&self, path: &str) -> Result<Option<u64>, Error> {
        let entry = self.get(path);
        let Some(entry) = entry.filter(|entry| entry.kind == EntryKind::File) else {
            return Ok(None);
        };
        let on_disk = entry.path.on_disk(&self.root);
        let metadata = std::fs::symlink_metadata(&on_disk).map_err(Error::io("read", &on_disk))?;
        Ok(Some(metadata.len()))
    }

    /// The sizes in bytes of some of [`Tree::files`], in the same order.
    ///
    /// # Errors
    /// A file that has gone meanwhile.
    pub fn sizes_bytes<'a>(
        &self,
        files: impl IntoIterator<Item = &'a RelativePath>,
    ) -> Result<Vec<u64>, Error> {
        let mut sizes = Vec::new();
        let mut folder = None;
        for path in files {
            let size = size_in(&self.root, path, &mut folder);
            let failed = |source| Error::io("read", &path.on_disk(&self.root))(source);
            sizes.push(size.map_err(failed)?);
        }
        Ok(sizes)
    }
}

/// The folder that was asked last, open: a name in it is found faster than a whole path.
#[cfg(unix)]
type OpenFolder<'a> = Option<(&'a str, rustix::fd::OwnedFd)>;

#[cfg(unix)]
fn size_in<'a>(
    root: &Path,
    path: &'a RelativePath,
    open: &mut OpenFolder<'a>,
) -> std::io::Result<u64> {
    use rustix::fs::{AtFlags, Mode, OFlags, open as open_folder, statat};
    let (folder, name) = path
        .as_str()
        .rsplit_once('/')
        .unwrap_or(("", path.as_str()));
    let fd = if let Some((_, fd)) = open.take().filter(|(last, _)| *last == folder) {
        fd
    } else {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        open_folder(root.join(folder), flags, Mode::empty())?
    };
    let stat = statat(&fd, name, AtFlags::SYMLINK_NOFOLLOW)?;
    *open = Some((folder, fd));
    Ok(u64::try_from(stat.st_size).unwrap_or(0))
}

#[cfg(not(unix))]
type OpenFolder<'a> = Option<&'a str>;

#[cfg(not(unix))]
fn size_in<'a>(
    root: &Path,
    path: &'a RelativePath,
    _: &mut OpenFolder<'a>,
) -> std::io::Result<u64> {
    Ok(std::fs::symlink_metadata(path.on_disk(root))?.len())
}
