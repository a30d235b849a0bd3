//! Notices: what the outbox holds becomes one delivery per recipient, by mail to people and by webhook to other systems.
//!
//! [`events`] says who is told of what, in which words: a new event is a line there. [`route`] makes the deliveries,
//! [`mail`] writes and sends letters, [`webhook`] signs and sends to other systems, [`worker`] does it in the background.

pub(crate) mod address;
pub(crate) mod audience;
mod authorities;
pub mod events;
mod letter;
pub(crate) mod mail;
mod page;
mod route;
pub(crate) mod secret;
pub(crate) mod webhook;
mod worker;

use std::path::PathBuf;

use lettre::{SmtpTransport, message::Mailbox};
use url::Url;

pub use address::{Lookup, Network, Table, Targets};
pub use authorities::{Authorities, NoAuthority};
pub(crate) use letter::{Item, Letter};
pub use mail::{BadSmtpUrl, smtp};
pub(crate) use page::{UnsubscribePage, Unsubscription, open as open_unsubscription};
pub use route::route_once;
pub use worker::{deliver, deliver_once};

/// Where mail goes.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "a transport holds a password")]
pub enum Post {
    /// To a mail server.
    Smtp(SmtpTransport),
    /// Into files of this folder, `.eml`: for trying it out.
    Folder(PathBuf),
}

/// How notices leave the hub.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "a transport holds a password")]
pub struct Outgoing {
    /// Where mail goes.
    pub post: Post,
    /// From whom.
    pub from: Mailbox,
    /// Where people find the hub: the base of every link.
    pub public_url: Url,
    /// Where webhooks may lead.
    pub targets: Targets,
    /// Whom TLS to webhooks trusts.
    pub authorities: Authorities,
}
