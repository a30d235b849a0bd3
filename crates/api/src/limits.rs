//! Rate limits: token buckets in the database, so that they hold over all replicas.

use store::rate_limits::{Limit, save_taken};

use crate::{
    app::App,
    error::{ApiError, ApiResult, Code},
};

/// Takes one from a bucket of the hub.
///
/// # Errors
/// 429 with the seconds to wait.
async fn take(app: &App, bucket: String, limit: Limit) -> ApiResult<()> {
    let now = app.now();
    let taken = app
        .write_quietly(move |conn| Ok(save_taken(conn, &bucket, limit, now)?))
        .await?;
    taken.map_err(|seconds| ApiError {
        retry_after: Some(seconds),
        ..Code::TooManyRequests.into()
    })
}

/// Takes one from the bucket of somebody who writes.
///
/// # Errors
/// 429 with the seconds to wait.
pub(crate) async fn writes(app: &App, who: &str) -> ApiResult<()> {
    let Some(per_minute) = app.limits().per_minute else {
        return Ok(());
    };
    let limit = Limit {
        burst: per_minute,
        refill_ms: 60_000 / per_minute.max(1),
    };
    take(app, format!("writes:{who}"), limit).await
}

/// Takes one from the buckets of somebody who tries to sign in: one per account, one per address. The account's is
/// small, since it is what a guesser of passwords works on; the address's is larger, since a building shares one.
///
/// # Errors
/// 429 with the seconds to wait.
pub(crate) async fn sign_in(app: &App, account: &str, address: &str) -> ApiResult<()> {
    if app.limits().per_minute.is_none() {
        return Ok(());
    }
    let per_hour = app.limits().sign_ins_per_hour.max(1);
    let account_limit = Limit {
        burst: 10,
        refill_ms: 3_600_000 / per_hour,
    };
    let address_limit = Limit {
        burst: 100,
        refill_ms: 3_600_000 / (per_hour * 10),
    };
    let account = crate::auth::secrets::TokenHash::of(account);
    take(
        app,
        format!("sign_in:account:{}", account.as_str()),
        account_limit,
    )
    .await?;
    take(app, format!("sign_in:address:{address}"), address_limit).await
}
