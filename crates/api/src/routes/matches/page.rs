//! A page of a match list, on the snapshot that it is answered from.

use std::sync::Arc;

use actix_web::HttpRequest;
use domain::{Language, Noun, OrganisationId};
use jiff::civil::Date;
use scoring::{Among, Ask, Explained};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    MatchQuery, programme_of, require_side,
    view::{BandView, MatchList, MatchView},
};
use crate::{
    answer,
    app::App,
    auth::cursor::Cursor,
    error::{ApiError, ApiResult, Code},
    extract::{Signed, hex},
    live::Snapshot,
};

/// A match list is so deep at most: who has not found anybody among 200 should change what they look for.
const DEPTH_MAX: usize = 200;

/// Where a list goes on.
#[derive(Serialize, Deserialize)]
struct Place {
    card: String,
    snapshot: Uuid,
    points: i32,
    tie_key: u32,
    organisation: OrganisationId,
    depth: usize,
}

/// A page that was asked for, on the snapshot that it is answered from.
pub(super) struct Page {
    snapshot: Arc<Snapshot>,
    /// Content hash of the card that the list is ordered by.
    card: String,
    asker: OrganisationId,
    query: MatchQuery,
    /// Who asked for what, without how much and from where on: what a cursor is bound to.
    binding: String,
    place: Option<Place>,
    changed: bool,
}

impl Page {
    /// # Errors
    /// 404 for an organisation that the caller may not ask for, 400 for a cursor of another list.
    pub(super) fn open(
        app: &App,
        caller: &Signed,
        asker: OrganisationId,
        query: MatchQuery,
        request: &HttpRequest,
    ) -> ApiResult<Page> {
        let current = app.live().snapshot();
        require_side(&current, &caller.principal, asker)?;
        let filter = answer::without_paging(request.query_string());
        let binding = [&caller.person.to_string(), request.path(), &filter].join("|");
        let place: Option<Place> = match &query.cursor {
            Some(cursor) => Some(
                Cursor::open(app.cursor_key(), &binding, cursor)
                    .map_err(|_| ApiError::from(Code::InvalidCursor))?,
            ),
            None => None,
        };
        current
            .organisation(asker)
            .ok_or_else(|| ApiError::not_found(Noun::Organisation))?;
        let kept = place
            .as_ref()
            .map(|place| app.live().snapshot_with(place.snapshot));
        let gone = matches!(kept, Some(None));
        let snapshot = kept.flatten().unwrap_or(current);
        let programme = programme_of(&snapshot, query.programme)?;
        let card = snapshot.card(programme).hash().to_owned();
        let changed = gone || place.as_ref().is_some_and(|place| place.card != card);
        Ok(Page {
            snapshot,
            card,
            asker,
            query,
            binding,
            place,
            changed,
        })
    }

    fn as_of(&self) -> Date {
        self.query.as_of.unwrap_or(self.snapshot.as_of())
    }

    /// Names everything that the answer hangs on: caller and question, language, card and snapshot.
    pub(super) fn etag(&self, language: Language) -> String {
        let serial = self.snapshot.serial();
        let cursor = self.query.cursor.as_deref().unwrap_or_default();
        let mut hash = Sha256::new();
        hash.update(serial.as_bytes());
        hash.update([language as u8]);
        hash.update(self.query.limit.get().to_be_bytes());
        for text in [&self.binding, &self.card, cursor] {
            hash.update(text);
            hash.update("|");
        }
        ["\"", &hex(&hash.finalize()[..16]), "\""].concat()
    }

    pub(super) fn rank(&self, app: &App, language: Language) -> ApiResult<MatchList> {
        let (snapshot, query) = (&*self.snapshot, &self.query);
        let programme = programme_of(snapshot, query.programme)?;
        if !snapshot.is_member(programme.id, self.asker) {
            return Err(ApiError::not_found(Noun::Programme));
        }
        let purpose = query.purpose.or_else(|| {
            let mandate = query.mandate?;
            let listed = snapshot.organisation(self.asker)?;
            let kept = listed
                .mandates
                .iter()
                .find(|kept| kept.id == mandate.uuid())?;
            Some(kept.document.purpose)
        });
        let market = app.live().market(app.store(), snapshot, self.as_of())?;
        let ask = Ask {
            asker: self.asker,
            kind: query.kind,
            mandate: query.mandate,
            purpose: query.purpose,
            table: &programme.programme,
            members: snapshot.members_if_any(programme),
            cooling: &snapshot.cooling(programme, self.asker, purpose),
            among: Among::Strangers,
        };
        let card = snapshot.card(programme);
        let depth = self.place.as_ref().map_or(0, |place| place.depth);
        let size = query.limit.get().min(DEPTH_MAX.saturating_sub(depth));
        let after = self
            .place
            .as_ref()
            .map(|place| (place.points, place.tie_key, place.organisation));
        // One more than asked for tells whether there is a next page.
        let list = Explained::new(&market, card, &ask);
        let mut found = list.rank(after, size + 1);
        let more = found.len() > size && depth + size < DEPTH_MAX;
        found.truncate(size);
        let next_cursor = found.last().filter(|_| more).map(|last| {
            let place = Place {
                card: card.hash().to_owned(),
                snapshot: snapshot.give_out(),
                points: last.points,
                tie_key: last.tie_key,
                organisation: last.organisation,
                depth: depth + size,
            };
            Cursor::seal(app.cursor_key(), &self.binding, &place)
        });
        let items = found.into_iter().filter_map(|found| {
            let explained = list.tell(found.organisation).ok()?;
            MatchView::of(snapshot, explained, language)
        });
        Ok(MatchList {
            items: items.collect(),
            kept_off: None,
            bands: BandView::all(card, language),
            scorecard: card.hash().to_owned(),
            statistics: market.statistics().hash().to_owned(),
            as_of: market.as_of(),
            snapshot_changed: self.changed,
            next_cursor,
        })
    }
}
