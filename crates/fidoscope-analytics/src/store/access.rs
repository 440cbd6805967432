//! Permissions of the files of a store on disk.

use std::fs;
use std::path::Path;

use super::place::Kind;
use super::{Files, Table};

impl Files {
    /// Permissions of a file that others than its owner may read.
    pub(crate) fn others_read(&self, name: &str) -> Option<u32> {
        let Kind::Folder(folder) = &self.place.0 else {
            return None;
        };
        let mode = mode_of(&folder.join(name))?;
        (mode & 0o077 != 0).then_some(mode)
    }

    /// Lets only the owner read what lies in a table: the folder, and what is in it. What belongs to
    /// somebody else stays as it is, and a check of the store says so.
    pub(super) fn hide(&self, table: Table) {
        let Kind::Folder(folder) = &self.place.0 else {
            return;
        };
        let folder = folder.join(table.name());
        if mode_of(&folder).is_none_or(|mode| mode & 0o077 == 0) {
            return;
        }
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            close(&entry.path());
        }
        close(&folder);
    }

    /// Lets only the owner read a data file of a table.
    pub(crate) fn hide_file(&self, table: Table, name: &str) {
        if let Kind::Folder(folder) = &self.place.0 {
            close(&folder.join(table.name()).join(name));
        }
    }
}

/// Takes all permissions of a file or folder from everybody but its owner.
pub(super) fn close(path: &Path) {
    #[cfg(unix)]
    if let Some(mode) = mode_of(path) {
        let closed = std::os::unix::fs::PermissionsExt::from_mode(mode & 0o700);
        let _ = fs::set_permissions(path, closed);
    }
}

/// Permissions of a file.
fn mode_of(path: &Path) -> Option<u32> {
    let about = fs::metadata(path).ok()?;
    #[cfg(unix)]
    return Some(std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o7777);
    #[cfg(not(unix))]
    return None;
}
