//! The signing key: a file that only its owner can read.

use std::{
    fs::OpenOptions,
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use anyhow::{Context, bail};
use api::auth::keys::SigningKeys;

use crate::config::Serve;

/// The keys that the server signs with, made on first start where the data is local.
pub(crate) fn load(serve: &Serve) -> anyhow::Result<SigningKeys> {
    let made = serve.database.data_dir.join("signing_key.pem");
    let file = match &serve.signing_key_file {
        Some(file) => file.as_path(),
        None if serve.database.is_local() => {
            make(&made)?;
            made.as_path()
        }
        None => bail!(
            "with PostgreSQL every replica needs the same signing key: make one with `nakodo signing-key > FILE` \
             and give it with --signing-key-file (NAKODO_SIGNING_KEY_FILE)"
        ),
    };
    let pem = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read the signing key {}", file.display()))?;
    SigningKeys::from_pem(&pem).with_context(|| format!("in {}", file.display()))
}

/// Makes the key, unless it is there. Two starts at once agree on the one that came first.
fn make(file: &Path) -> anyhow::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    if file.exists() {
        return Ok(());
    }
    // Written whole under another name first, so that a kill leaves no half key behind.
    let draft = folder.join(format!("signing_key.{}.tmp", std::process::id()));
    let mut writer = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)
        .with_context(|| format!("cannot write {}", draft.display()))?;
    writer.write_all(SigningKeys::generate_pem().as_bytes())?;
    writer.sync_all()?;
    match std::fs::hard_link(&draft, file) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error.into()),
        _ => {}
    }
    Ok(std::fs::remove_file(&draft)?)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_key_is_made_once_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("signing_key.pem");

        make(&file).unwrap();
        let first = std::fs::read_to_string(&file).unwrap();
        make(&file).unwrap();

        assert_eq!(std::fs::read_to_string(&file).unwrap(), first);
        assert_eq!(
            std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
