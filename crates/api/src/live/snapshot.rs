//! One moment of the hub, whole: organisations with their documents, people's rights, programmes.

mod next;
mod past;

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use domain::{Affiliation, OrganisationId, PersonId, Principal, ProgrammeId, Purpose, SessionId};
use jiff::{SignedDuration, Span, Timestamp, civil::Date};
use rpds::HashTrieMapSync;
use scoring::Market;
use store::{
    Conn, StoreError, affiliations,
    change_log::{self, Point},
    documents::{self, Text},
    investments::{self, Investment},
    machine_tokens::{self, MachineToken},
    meeting_requests::{self, Decline},
    organisations::{self, Organisation},
    people, programmes, receivers, sessions,
};
use uuid::Uuid;

use self::next::Lacks;
pub use self::next::Unindexed;
use super::{
    cards::Cards,
    houses::Houses,
    listed::Listed,
    prices::{self, Levels},
    watched::Watched,
};
use crate::app::uuid_at;

/// How long an access token outlives a sign-in that was ended: those sign-ins are remembered.
const REVOKED_FOR: SignedDuration = SignedDuration::from_mins(20);

/// So many organisations written anew are never much memory: about 50 MB.
const WRITTEN_FEW: usize = 10_000;

/// One moment of the hub.
#[derive(Clone, Debug)]
pub struct Snapshot {
    point: Point,
    as_of: Date,
    /// When it was read from the database.
    read_at: Timestamp,
    /// Shared with the snapshot before but for those who changed.
    organisations: HashTrieMapSync<OrganisationId, Arc<Listed>>,
    pub(super) watched: Arc<Watched>,
    programmes: Arc<Vec<programmes::Stored>>,
    programme_members: Arc<HashMap<ProgrammeId, HashSet<OrganisationId>>>,
    affiliations: Arc<Vec<Affiliation>>,
    pub(super) houses: Arc<Houses>,
    investments: Arc<Vec<Investment>>,
    principals: Arc<HashMap<PersonId, Principal>>,
    revoked: Arc<HashSet<SessionId>>,
    /// By hash.
    machine_tokens: Arc<HashMap<String, MachineToken>>,
    pub(super) declines: Arc<Vec<Decline>>,
    pub(super) cards: Arc<Cards>,
    /// Whom requests were addressed to, and on which day.
    pub(super) asked: Arc<Vec<(OrganisationId, Date)>>,
    pub(super) exposures: Arc<Levels>,
    market: Arc<Market>,
    /// Whether the market is to be built anew: a day is over, a deal was written down, or a startup of one changed.
    is_due: bool,
    /// Organisations that were written anew since this process began, so that it is known how much two snapshots share. A
    /// market that was built anew is a third of all.
    written: usize,
    /// Tells this snapshot from every other that would answer a match list otherwise, of any replica.
    serial: Uuid,
    /// Whether a cursor may come back for it.
    is_awaited: Arc<AtomicBool>,
}

/// The day of an instant, in UTC: what a score is as of.
pub(crate) fn day_of(now: Timestamp) -> Date {
    now.to_zoned(jiff::tz::TimeZone::UTC).date()
}

const PAGE: i64 = 2_000;

impl Snapshot {
    /// The hub as the database has it in this transaction.
    ///
    /// # Errors
    /// What the database answered.
    pub fn read(conn: &mut Conn, now: Timestamp) -> Result<Unindexed, StoreError> {
        let point = change_log::find_head(conn)?;
        let mut all = HashTrieMapSync::new_sync();
        let mut after = None;
        loop {
            let page = organisations::list_after(conn, after, PAGE)?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for listed in with_documents(conn, page)? {
                all.insert_mut(listed.organisation.id, listed);
            }
        }
        let affiliations = all_affiliations(conn)?;
        let snapshot = Snapshot {
            point,
            as_of: day_of(now),
            read_at: now,
            watched: Arc::new(Watched::of(&all)),
            organisations: all,
            programmes: Arc::new(programmes::list(conn)?),
            programme_members: Arc::new(members_by_programme(conn)?),
            houses: Arc::new(Houses::of(&affiliations)),
            affiliations: Arc::new(affiliations),
            investments: Arc::new(all_investments(conn)?),
            principals: Arc::new(all_principals(conn)?),
            revoked: Arc::new(revoked_sessions(conn, now)?),
            machine_tokens: Arc::new(all_machine_tokens(conn, now)?),
            declines: Arc::new(late_declines(conn, now)?),
            cards: Arc::new(Cards::load(conn)?),
            asked: Arc::new(all_asked(conn)?),
            exposures: Arc::new(prices::levels_on(conn, day_of(now))?),
            market: Arc::new(Market::build(Vec::new(), &[], day_of(now))),
            is_due: false,
            written: 0,
            serial: uuid_at(now),
            is_awaited: Arc::default(),
        };
        Ok(Unindexed {
            snapshot,
            lacks: Lacks::All,
        })
    }

    pub(super) fn point(&self) -> &Point {
        &self.point
    }

    /// The day of the snapshot.
    pub fn as_of(&self) -> Date {
        self.as_of
    }

    /// The organisation with this id, whoever may see it.
    pub fn organisation(&self, id: OrganisationId) -> Option<&Arc<Listed>> {
        self.organisations.get(&id)
    }

    /// Every organisation, in no order.
    pub fn organisations(&self) -> impl Iterator<Item = &Arc<Listed>> {
        self.organisations.values()
    }

    /// Every programme, by code.
    pub fn programmes(&self) -> &[programmes::Stored] {
        &self.programmes
    }

    /// The programme with this id.
    pub fn programme(&self, id: ProgrammeId) -> Option<&programmes::Stored> {
        self.programmes.iter().find(|stored| stored.id == id)
    }

    /// The programme that holds every reviewed organisation.
    pub fn hub(&self) -> Option<&programmes::Stored> {
        self.programmes
            .iter()
            .find(|stored| stored.code == domain::Programme::HUB)
    }

    /// The organisations in a programme; every reviewed one is in the hub.
    pub fn is_member(&self, programme: ProgrammeId, organisation: OrganisationId) -> bool {
        self.hub().is_some_and(|hub| hub.id == programme)
            || self
                .programme_members
                .get(&programme)
                .is_some_and(|members| members.contains(&organisation))
    }

    /// The members of a programme by its list; the hub has none, it holds everybody.
    pub fn members_of(&self, programme: ProgrammeId) -> Option<&HashSet<OrganisationId>> {
        self.programme_members.get(&programme)
    }

    /// The programmes that an organisation is in beside the hub.
    pub fn programmes_of(
        &self,
        organisation: OrganisationId,
    ) -> impl Iterator<Item = &programmes::Stored> {
        self.programmes
            .iter()
            .filter(move |stored| self.is_member(stored.id, organisation))
    }

    /// The links between organisations.
    pub fn affiliations(&self) -> &[Affiliation] {
        &self.affiliations
    }

    /// Who invested in whom.
    pub fn investments(&self) -> &[Investment] {
        &self.investments
    }

    /// What a person may do.
    pub fn principal(&self, person: PersonId) -> Option<&Principal> {
        self.principals.get(&person)
    }

    /// The members of an organisation, in no order.
    pub fn members_of_organisation(
        &self,
        organisation: OrganisationId,
    ) -> impl Iterator<Item = PersonId> {
        let principals = self.principals.values();
        principals
            .filter(move |principal| principal.role_in(organisation).is_some())
            .map(|principal| principal.person)
    }

    /// The owners of an organisation, in no order.
    pub fn owners_of(&self, organisation: OrganisationId) -> impl Iterator<Item = PersonId> {
        let principals = self.principals.values();
        principals
            .filter(move |principal| principal.role_in(organisation) == Some(domain::Role::Owner))
            .map(|principal| principal.person)
    }

    /// The staff of a programme by its grants, in no order; not the admins, who have enough to read.
    pub fn staff_of(&self, programme: ProgrammeId) -> impl Iterator<Item = PersonId> {
        let principals = self.principals.values();
        principals
            .filter(move |principal| principal.staff_of.contains(&programme))
            .map(|principal| principal.person)
    }

    /// The index of the snapshot's day.
    pub fn market(&self) -> &Arc<Market> {
        &self.market
    }

    /// Its serial for a cursor, which may come back for it.
    pub(crate) fn give_out(&self) -> Uuid {
        self.is_awaited.store(true, Ordering::Relaxed);
        self.serial
    }

    /// Whether a cursor may come back for it.
    pub(super) fn is_awaited(&self) -> bool {
        self.is_awaited.load(Ordering::Relaxed)
    }

    /// Whether an earlier snapshot holds so much that this one does not share that it is not to be kept in memory: of a
    /// quarter of all organisations, where they are many.
    pub(super) fn is_far_from(&self, earlier: &Snapshot) -> bool {
        let written = self.written - earlier.written;
        written > WRITTEN_FEW.max(self.organisations.size() / 4)
    }

    /// Tells this snapshot from every other.
    pub fn serial(&self) -> Uuid {
        self.serial
    }

    /// The counterparts that said no to `asker` within the programme's cooling period, for `purpose` or, without one,
    /// for any.
    pub fn cooling(
        &self,
        programme: &programmes::Stored,
        asker: OrganisationId,
        purpose: Option<Purpose>,
    ) -> HashSet<OrganisationId> {
        let days = i32::from(programme.programme.cooling_days);
        self.declines
            .iter()
            .filter(|decline| decline.programme == programme.id && decline.asker == asker)
            .filter(|decline| purpose.is_none_or(|purpose| purpose == decline.purpose))
            .filter(|decline| {
                let passed = self.as_of - day_of(decline.at);
                passed.get_days() < days
            })
            .map(|decline| decline.counterpart)
            .collect()
    }

    /// The machine token with this hash, unless it was revoked.
    pub fn machine_token(&self, hash: &str) -> Option<&MachineToken> {
        self.machine_tokens.get(hash)
    }

    /// From which day on `asker` may ask again who said no to it for `purpose`, while it may not.
    pub fn cooling_until(
        &self,
        programme: &programmes::Stored,
        (asker, counterpart): (OrganisationId, OrganisationId),
        purpose: Purpose,
    ) -> Option<Date> {
        let days = Span::new().days(i64::from(programme.programme.cooling_days));
        self.declines
            .iter()
            .filter(|decline| decline.programme == programme.id && decline.purpose == purpose)
            .filter(|decline| decline.asker == asker && decline.counterpart == counterpart)
            .map(|decline| day_of(decline.at).saturating_add(days))
            .filter(|until| *until > self.as_of)
            .max()
    }

    /// Whether a sign-in was ended lately.
    pub fn is_revoked(&self, session: SessionId) -> bool {
        self.revoked.contains(&session)
    }
}

fn all_machine_tokens(
    conn: &mut Conn,
    now: Timestamp,
) -> Result<HashMap<String, MachineToken>, StoreError> {
    let tokens = machine_tokens::list_good(conn, now)?.into_iter();
    Ok(tokens.map(|token| (token.hash.clone(), token)).collect())
}

fn with_documents(
    conn: &mut Conn,
    organisations: Vec<Organisation>,
) -> Result<Vec<Arc<Listed>>, StoreError> {
    let ids: Vec<OrganisationId> = organisations.iter().map(|found| found.id).collect();
    let mut documents: HashMap<OrganisationId, Vec<documents::Stored<Text>>> = HashMap::new();
    for document in documents::list_for_all(conn, &ids)? {
        documents
            .entry(document.organisation)
            .or_default()
            .push(document);
    }
    Ok(organisations
        .into_iter()
        .map(|organisation| {
            let of = documents.remove(&organisation.id).unwrap_or_default();
            Arc::new(Listed::of(organisation, of))
        })
        .collect())
}

fn members_by_programme(
    conn: &mut Conn,
) -> Result<HashMap<ProgrammeId, HashSet<OrganisationId>>, StoreError> {
    let mut by_programme: HashMap<_, HashSet<_>> = HashMap::new();
    for (programme, organisation) in programmes::list_members(conn)? {
        by_programme
            .entry(programme)
            .or_default()
            .insert(organisation);
    }
    Ok(by_programme)
}

fn all_affiliations(conn: &mut Conn) -> Result<Vec<Affiliation>, StoreError> {
    let links = affiliations::list(conn, None)?;
    Ok(links.into_iter().map(|(_, link)| link).collect())
}

fn all_investments(conn: &mut Conn) -> Result<Vec<Investment>, StoreError> {
    let mut all = Vec::new();
    loop {
        let after = all.last().map(|last: &Investment| last.id);
        let page = investments::list_after(conn, after, PAGE)?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

fn all_asked(conn: &mut Conn) -> Result<Vec<(OrganisationId, Date)>, StoreError> {
    let asked = receivers::list_asked(conn)?.into_iter();
    Ok(asked.map(|(to, at)| (to, day_of(at))).collect())
}

fn all_principals(conn: &mut Conn) -> Result<HashMap<PersonId, Principal>, StoreError> {
    let principals = people::list_principals(conn)?;
    Ok(principals
        .into_iter()
        .map(|principal| (principal.person, principal))
        .collect())
}

/// The longest cooling period that counts: two years.
const COOLING_MAX: SignedDuration = SignedDuration::from_hours(24 * 731);

fn late_declines(conn: &mut Conn, now: Timestamp) -> Result<Vec<Decline>, StoreError> {
    let since = now.saturating_sub(COOLING_MAX).unwrap_or(now);
    meeting_requests::list_declines_since(conn, since)
}

fn revoked_sessions(conn: &mut Conn, now: Timestamp) -> Result<HashSet<SessionId>, StoreError> {
    let since = now.saturating_sub(REVOKED_FOR).unwrap_or(now);
    Ok(sessions::list_revoked_since(conn, since)?
        .into_iter()
        .collect())
}
