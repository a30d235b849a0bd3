//! TLS on the way out: mail and webhooks go to servers that a trusted authority vouches for, and to no others.

use api::notices::{Authorities, Outgoing, Post, smtp};
use serde_json::json;
use testkit::{
    Hub,
    mail::MailServer,
    receiver::{Behaviour, Receiver},
    schema::Schema,
    wire::Certificates,
};

use crate::meeting_requests::asks;

/// A hub that trusts this authority beside those of the machine.
fn trusting(pem: Option<&[u8]>, set: impl FnOnce(&mut Outgoing, &Authorities)) -> Hub {
    let authorities = pem.map_or_else(Authorities::default, |pem| Authorities::with(pem).unwrap());
    Hub::on_sqlite_sending(|outgoing| {
        outgoing.authorities = authorities.clone();
        set(outgoing, &authorities);
    })
}

#[test]
fn mail_goes_by_tls_to_a_server_that_is_trusted_and_to_no_other() {
    let (trusted, other) = (Certificates::make(), Certificates::make());
    for (server, scheme) in [
        (MailServer::start_with_starttls(trusted.clone()), "smtp"),
        (MailServer::start_with_tls(trusted.clone()), "smtps"),
    ] {
        let query = if scheme == "smtp" {
            "?tls=required"
        } else {
            ""
        };
        let sent = |pem: Option<&[u8]>| {
            let before = server.mails().len();
            let url = format!("{scheme}://localhost:{}{query}", server.port());
            let hub = trusting(pem, |outgoing, authorities| {
                outgoing.post = Post::Smtp(smtp(&url, authorities).unwrap());
            });
            let (kim, ada, _sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
            asks(&kim, &ada).assert_status(201);
            hub.deliver();
            let outcomes =
                Schema::of(hub.database_url()).ask("SELECT outcome AS line FROM delivery_attempts");
            (outcomes, server.mails().len() - before)
        };

        assert_eq!(sent(Some(&trusted.authority)), (vec!["sent".to_owned()], 1));
        let refused = (vec!["no_connection".to_owned()], 0);
        assert_eq!(sent(None), refused, "{scheme}");
        assert_eq!(sent(Some(&other.authority)), refused, "{scheme}");
    }
}

#[test]
fn webhooks_go_by_tls_to_a_server_that_is_trusted_and_to_no_other() {
    let (trusted, other) = (Certificates::make(), Certificates::make());
    let receiver = Receiver::start_with_tls(trusted.clone(), |_, _| Behaviour::Take);
    let sent = |pem: Option<&[u8]>| {
        let before = receiver.messages().len();
        let hub = trusting(pem, |outgoing, _| {
            outgoing.targets.allowed.push("::1/128".parse().unwrap());
        });
        let kim = hub.founder("Kim");
        let hook = json!({"organisation": kim.organisation(), "url": receiver.url("/in")});
        let made = kim.post("/v1/webhooks", &hook).assert_status(201);
        let id = made.text("/webhook/id");
        kim.post(&format!("/v1/webhooks/{id}/try"), &json!({}))
            .assert_status(202);
        hub.deliver();
        let outcomes =
            Schema::of(hub.database_url()).ask("SELECT outcome AS line FROM delivery_attempts");
        (
            outcomes[0] == "delivered",
            receiver.messages().len() > before,
        )
    };

    assert_eq!(sent(Some(&trusted.authority)), (true, true));
    assert_eq!(sent(None), (false, false));
    assert_eq!(sent(Some(&other.authority)), (false, false));
    receiver.stop();
}
