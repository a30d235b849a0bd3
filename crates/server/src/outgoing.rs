//! How notices leave the hub, by the program's settings.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::Context;
use api::notices::{Authorities, Lookup, Outgoing, Post, Targets, smtp};

use crate::config::Serve;

/// How notices leave a hub that listens on `address`.
pub(crate) fn of(serve: &Serve, address: SocketAddr) -> anyhow::Result<Outgoing> {
    let public_url = match &serve.public_url {
        Some(url) => url.clone(),
        None => format!("http://{address}/").parse()?,
    };
    anyhow::ensure!(
        matches!(public_url.scheme(), "http" | "https") && public_url.has_host(),
        "--public-url is not an address that begins with https:// or http://"
    );
    let authorities = match &serve.ca_file {
        Some(file) => {
            let said = || format!("--ca-file {}", file.display());
            let pem = std::fs::read(file).with_context(said)?;
            Authorities::with(&pem).with_context(said)?
        }
        None => Authorities::default(),
    };
    let post = match &serve.smtp_url {
        Some(url) => Post::Smtp(smtp(url, &authorities).context("--smtp-url")?),
        None => Post::Folder(folder(serve)),
    };
    // The hub is no target of its own webhooks, unless its network was allowed.
    let own_host = serve.public_url.as_ref().and_then(|url| url.host_str());
    Ok(Outgoing {
        post,
        from: serve.mail_from.parse().context("--mail-from")?,
        targets: Targets {
            lookup: Lookup::Machine,
            allowed: serve.webhook_networks.clone(),
            own_host: own_host.map(str::to_owned),
        },
        public_url,
        authorities,
    })
}

/// Where mail goes, for people.
pub(crate) fn say(serve: &Serve) -> String {
    match serve.smtp_url {
        Some(_) => "by the mail server of --smtp-url".to_owned(),
        None => format!(
            "kept as .eml files in {} (send it with --smtp-url)",
            folder(serve).display()
        ),
    }
}

fn folder(serve: &Serve) -> PathBuf {
    serve.database.data_dir.join("mail")
}
