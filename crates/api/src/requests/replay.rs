//! What a request was judged by, computed again.

use scoring::Card;
use store::{Conn, StoreError, judgements};

use crate::error::{ApiError, ApiResult};

/// Reads something from the card with this hash: the one in force, or one that is kept.
///
/// # Errors
/// What the database answered; a kept card that cannot be read is a bug.
pub(crate) fn with_card<T>(
    conn: &mut Conn,
    hash: &str,
    read: impl FnOnce(&Card) -> T,
) -> ApiResult<T> {
    let in_force = Card::default_card();
    if in_force.hash() == hash {
        return Ok(read(in_force));
    }
    let body = judgements::find_scorecard(conn, hash)?
        .ok_or(StoreError::Corrupt(domain::Noun::MeetingRequest))?;
    let kept = Card::parse(&body.to_string()).map_err(ApiError::internal)?;
    Ok(read(&kept))
}
