//! Where the PostgreSQL binaries are, and what is said when they are nowhere.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Once;

/// Names the folder of the binaries; a folder without them means: none.
const CHOICE: &str = "NAKODO_TEST_PG_BIN";

/// Debian keeps each major version apart, outside `PATH`.
const DEBIAN: &str = "/usr/lib/postgresql";

const MISSING: &str = "
************************************************************************************************
**  PostgreSQL WAS NOT FOUND: every test that needs it was left out, SQLite alone was tested.  **
**  Get it:  apt-get install postgresql      or name its folder:  NAKODO_TEST_PG_BIN=/…/bin    **
**  With CI=true this is a failure.                                                            **
************************************************************************************************
";

/// The folder with `initdb` and `postgres`; where there is none, says so.
pub(super) fn find_or_announce() -> Option<PathBuf> {
    let found = find(environment(CHOICE), Path::new(DEBIAN), environment("PATH"));
    if found.is_none() {
        announce_missing();
    }
    found
}

/// Says once, and past the capturing of the test runner, which tests were left out and how to get PostgreSQL.
pub fn announce_missing() {
    static SAID: Once = Once::new();
    SAID.call_once(|| {
        // The print macros are captured in a test that passes, the stream itself is not. A closed one is no matter.
        let _ = std::io::stderr().write_all(MISSING.as_bytes());
    });
}

/// Whether a machine without PostgreSQL fails the test run: `CI` is set, and not to `false`.
pub fn missing_is_a_failure() -> bool {
    is_ci(environment("CI").as_deref())
}

fn is_ci(value: Option<&OsStr>) -> bool {
    value.is_some_and(|value| !value.is_empty() && value != "false" && value != "0")
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the tests read the environment"
)]
fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// `choice` if given and nothing else; or the newest below `debian`; or the first of `path`.
fn find(choice: Option<OsString>, debian: &Path, path: Option<OsString>) -> Option<PathBuf> {
    if let Some(choice) = choice {
        return with_binaries(Path::new(&choice));
    }
    newest(debian)
        .or_else(|| std::env::split_paths(&path?).find_map(|folder| with_binaries(&folder)))
}

/// The folder of `major/bin` with the highest major version; 9.6 counts as 9.
fn newest(debian: &Path) -> Option<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = debian
        .read_dir()
        .ok()?
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name();
            let major = name.to_str()?.split('.').next()?.parse().ok()?;
            Some((major, with_binaries(&entry.path().join("bin"))?))
        })
        .collect();
    versions.sort();
    versions.pop().map(|(_, folder)| folder)
}

/// The folder itself if the server is in it. `initdb` alone may be a link from elsewhere, so links are followed.
fn with_binaries(folder: &Path) -> Option<PathBuf> {
    let initdb = folder.join("initdb").canonicalize().ok()?;
    let folder = initdb.parent()?;
    folder.join("postgres").is_file().then(|| folder.to_owned())
}

#[cfg(test)]
mod tests {
    use std::ffi::{OsStr, OsString};
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::{Path, PathBuf};

    use super::{find, is_ci};

    fn install(folder: &Path) -> PathBuf {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join("initdb"), "").unwrap();
        fs::write(folder.join("postgres"), "").unwrap();
        folder.canonicalize().unwrap()
    }

    fn text(folder: &Path) -> OsString {
        folder.as_os_str().to_owned()
    }

    #[test]
    fn a_chosen_folder_without_binaries_means_no_postgresql_at_all() {
        let machine = tempfile::tempdir().unwrap();
        let debian = machine.path().join("postgresql");
        let bin = install(&debian.join("15/bin"));

        let found = find(
            Some(text(Path::new("/nonexistent"))),
            &debian,
            Some(text(&bin)),
        );

        assert_eq!(found, None);
    }

    #[test]
    fn a_chosen_folder_goes_before_the_packages_of_the_machine() {
        let machine = tempfile::tempdir().unwrap();
        let debian = machine.path().join("postgresql");
        install(&debian.join("15/bin"));
        let own = install(&machine.path().join("own"));

        assert_eq!(find(Some(text(&own)), &debian, None), Some(own));
    }

    #[test]
    fn the_newest_package_is_taken_by_number_not_by_letter() {
        let machine = tempfile::tempdir().unwrap();
        install(&machine.path().join("9.6/bin"));
        install(&machine.path().join("15/bin"));
        let newest = install(&machine.path().join("18/bin"));
        fs::create_dir_all(machine.path().join("19/bin")).unwrap();

        assert_eq!(find(None, machine.path(), None), Some(newest));
    }

    #[test]
    fn a_link_on_the_path_leads_to_the_server() {
        let machine = tempfile::tempdir().unwrap();
        let real = install(&machine.path().join("real"));
        let linked = machine.path().join("linked");
        fs::create_dir(&linked).unwrap();
        symlink(real.join("initdb"), linked.join("initdb")).unwrap();

        let found = find(
            None,
            &machine.path().join("no packages"),
            Some(text(&linked)),
        );

        assert_eq!(found, Some(real));
    }

    #[test]
    fn ci_is_on_unless_it_is_empty_or_says_false() {
        let ci = |value: &'static str| is_ci(Some(OsStr::new(value)));

        assert_eq!(
            [ci("true"), ci("1"), ci("false"), ci("0"), ci("")],
            [true, true, false, false, false]
        );
        assert!(!is_ci(None));
    }
}
