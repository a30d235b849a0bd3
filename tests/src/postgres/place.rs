//! The folder of a cluster and the user that owns it: PostgreSQL refuses to run as root.

use std::fs::metadata;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A disk in RAM, which Linux has and containers may keep tiny.
const RAM_DISK: &str = "/dev/shm";

/// A cluster takes about 50 MB and each database 8 MB more.
const RAM_DISK_FREE_KB_MIN: u64 = 1024 * 1024;

/// The room for a socket's path in `sockaddr_un`, less the final NUL.
const SOCKET_PATH_MAX: usize = 107;

/// As long as the longest name a socket gets here.
const SOCKET_NAME: &str = ".s.PGSQL.65535.lock";

/// The user with no rights that every Unix has.
const NOBODY: (u32, u32) = (65534, 65534);

/// A new folder and, if we are root, the user and group to run as.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) directory: PathBuf,
    drop_to: Option<(u32, u32)>,
}

impl Place {
    /// Makes the folder. Whoever takes it removes it.
    pub(super) fn make() -> Place {
        let directory = tempfile::Builder::new()
            .prefix("nakodo-pg-")
            .tempdir_in(parent())
            .expect("the folder for temporary files can be written to")
            .keep();
        let drop_to = user_for(
            metadata(&directory)
                .expect("the folder was just made")
                .uid(),
        );
        if let Some((user, group)) = drop_to {
            chown(&directory, Some(user), Some(group)).expect("root may give files away");
        }
        Place { directory, drop_to }
    }

    /// `program`, run in the folder by its owner.
    pub(super) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.current_dir(&self.directory);
        if let Some((user, group)) = self.drop_to {
            command.uid(user).gid(group);
        }
        command
    }
}

/// Whom root becomes: the user that Debian's package made, or nobody.
fn user_for(us: u32) -> Option<(u32, u32)> {
    let packaged = metadata("/var/lib/postgresql")
        .map(|home| (home.uid(), home.gid()))
        .ok()
        .filter(|(user, _)| *user != 0);
    (us == 0).then(|| packaged.unwrap_or(NOBODY))
}

fn parent() -> PathBuf {
    let ram =
        Some(PathBuf::from(RAM_DISK)).filter(|ram| free_kb(ram) >= Some(RAM_DISK_FREE_KB_MIN));
    ram.into_iter()
        .chain([std::env::temp_dir()])
        .find(|parent| {
            let socket = parent.join("nakodo-pg-XXXXXX").join(SOCKET_NAME);
            socket.as_os_str().len() <= SOCKET_PATH_MAX
        })
        .unwrap_or_else(|| PathBuf::from("/tmp"))
}

/// The free space of the disk that holds `folder`, as `df` tells it.
fn free_kb(folder: &Path) -> Option<u64> {
    let output = Command::new("df").arg("-Pk").arg(folder).output().ok()?;
    let table = String::from_utf8(output.stdout).ok()?;
    table
        .lines()
        .nth(1)?
        .split_whitespace()
        .nth(3)?
        .parse()
        .ok()
}
