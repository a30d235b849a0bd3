//! Serving: open the database, load the snapshot, listen, and end without losing an answer.

use std::net::TcpListener;

use anyhow::Context;
use api::{App, Clock, Limits, Parts, auth::passwords::Cost};
use store::StoreError;
use tracing_subscriber::{EnvFilter, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{config::Serve, demo, foundation, key, outgoing};

/// Serves until the process is told to end.
pub(crate) fn run(serve: &Serve) -> anyhow::Result<()> {
    tracing_subscriber::registry()
        .with(EnvFilter::try_new(&serve.log).context("--log")?)
        .with(
            tracing_subscriber::fmt::layer()
                .json()
                .with_writer(std::io::stderr),
        )
        .init();
    let store = serve.database.open()?;
    let clock = Clock::Machine;
    match store.write(|conn| foundation::lay(conn, clock.now())) {
        // Another replica started at the same time and came first.
        Err(StoreError::Duplicate(_)) => {}
        done => done?,
    }
    let signs = if serve.demo {
        demo::fill(&store, clock.now(), Cost::OWASP)?;
        demo::SIGN_INS
    } else {
        ""
    };
    let listener = TcpListener::bind(serve.listen)
        .with_context(|| format!("cannot listen on {}", serve.listen))?;
    let address = listener.local_addr()?;
    let app = App::new(Parts {
        store,
        keys: key::load(serve)?,
        clock,
        cost: Cost::OWASP,
        limits: Limits {
            per_minute: (serve.rate_limit_per_minute > 0).then_some(serve.rate_limit_per_minute),
            sign_ins_per_hour: serve.sign_ins_per_hour,
        },
        behind_proxy: serve.behind_proxy,
        outgoing: outgoing::of(serve, address)?,
    })?;
    crate::print(&format!(
        "Nakodo listens on http://{address}\n\
         \n\
         \x20 API      http://{address}/v1\n\
         \x20 Docs     http://{address}/docs\n\
         \x20 Contract http://{address}/openapi.json\n\
         \x20 Health   http://{address}/healthz\n\
         \x20 Mail     {}\n\
         {}",
        outgoing::say(serve),
        signs.replace("ADDRESS", &address.to_string())
    ))?;
    actix_web::rt::System::new().block_on(async move {
        let following = api::follow(app.clone())?;
        let sweeper = tokio::spawn(api::sweep(app.clone()));
        let sealer = tokio::spawn(api::seal(app.clone()));
        let worker = tokio::spawn(api::notices::deliver(app.clone()));
        let done = api::server(app, listener, usize::from(serve.workers))?.await;
        drop(following);
        sweeper.abort();
        sealer.abort();
        worker.abort();
        Ok(done?)
    })
}
