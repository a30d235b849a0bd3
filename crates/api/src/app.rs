//! What every handler is given: the store, the live snapshot, keys, clock and limits.

use std::{
    collections::{HashMap, HashSet},
    future::Ready,
    sync::{Arc, Mutex},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use domain::{Id, MachineTokenId, PersonId, Principal};
use jiff::Timestamp;
use store::{Conn, Store};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::{
    answer::Answers,
    auth::{keys::SigningKeys, passwords::Cost, secrets, tokens::AccessTokens},
    clock::Clock,
    error::{ApiError, ApiResult, Code},
    extract::Signed,
    live::Live,
    metrics::Metrics,
    notices::Outgoing,
    turns::Turns,
};

/// How often things may be done.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests of a person or an address per minute; `None` lifts all limits.
    pub per_minute: Option<u32>,
    /// Attempts to sign in to one account per hour beyond the first ten.
    pub sign_ins_per_hour: u32,
}

/// What the hub is made of.
#[expect(missing_debug_implementations, reason = "it holds keys")]
pub struct Parts {
    /// The database.
    pub store: Store,
    /// Keys that sign tokens and cursors.
    pub keys: SigningKeys,
    /// The time.
    pub clock: Clock,
    /// What a password hash costs.
    pub cost: Cost,
    /// How often things may be done.
    pub limits: Limits,
    /// Whether `X-Forwarded-For` is believed: only behind a proxy that sets it.
    pub behind_proxy: bool,
    /// How notices leave the hub.
    pub outgoing: Outgoing,
}

struct Inner {
    store: Store,
    live: Live,
    keys: Arc<SigningKeys>,
    tokens: AccessTokens,
    cursor_key: [u8; 32],
    clock: Clock,
    cost: Cost,
    limits: Limits,
    behind_proxy: bool,
    metrics: Metrics,
    outgoing: Outgoing,
    written: Notify,
    machine_uses: Mutex<HashMap<MachineTokenId, Timestamp>>,
    keys_in_flight: Mutex<HashSet<(PersonId, String)>>,
    turns: Turns,
    answers: Answers,
}

/// An `Idempotency-Key` while a request with it is being worked on here. Dropping it gives it back.
pub(crate) struct KeyInFlight {
    inner: Arc<Inner>,
    key: (PersonId, String),
}

impl Drop for KeyInFlight {
    fn drop(&mut self) {
        let mut keys = self.inner.keys_in_flight.lock();
        if let Ok(keys) = &mut keys {
            keys.remove(&self.key);
        }
    }
}

/// The hub, as handlers see it. Cheap to clone.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "it holds keys")]
pub struct App(Arc<Inner>);

impl App {
    /// The hub, its snapshot loaded.
    ///
    /// # Errors
    /// What the database answered to the first load.
    pub fn new(parts: Parts) -> Result<App, store::StoreError> {
        let keys = Arc::new(parts.keys);
        let live = Live::load(&parts.store, parts.clock.now())?;
        Ok(App(Arc::new(Inner {
            live,
            tokens: AccessTokens::new(keys.clone()),
            cursor_key: keys.cursor_key(),
            keys,
            store: parts.store,
            clock: parts.clock,
            cost: parts.cost,
            limits: parts.limits,
            behind_proxy: parts.behind_proxy,
            metrics: Metrics::new(),
            outgoing: parts.outgoing,
            written: Notify::new(),
            machine_uses: Mutex::default(),
            keys_in_flight: Mutex::default(),
            turns: Turns::of_all_cores(),
            answers: Answers::default(),
        })))
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// The database.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The snapshot in memory.
    pub fn live(&self) -> &Live {
        &self.0.live
    }

    pub(crate) fn keys(&self) -> &SigningKeys {
        &self.0.keys
    }

    pub(crate) fn tokens(&self) -> &AccessTokens {
        &self.0.tokens
    }

    pub(crate) fn cursor_key(&self) -> &[u8; 32] {
        &self.0.cursor_key
    }

    pub(crate) fn cost(&self) -> Cost {
        self.0.cost
    }

    pub(crate) fn limits(&self) -> Limits {
        self.0.limits
    }

    pub(crate) fn is_behind_proxy(&self) -> bool {
        self.0.behind_proxy
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Turns for what computes.
    pub(crate) fn turns(&self) -> &Turns {
        &self.0.turns
    }

    /// Answers given lately.
    pub(crate) fn answers(&self) -> &Answers {
        &self.0.answers
    }

    /// How notices leave the hub.
    pub(crate) fn outgoing(&self) -> &Outgoing {
        &self.0.outgoing
    }

    /// Something was written here, so that an event may wait to be routed.
    pub(crate) fn written(&self) -> &Notify {
        &self.0.written
    }

    /// A machine token was used: written down by the sweeper, so that reading writes nothing.
    pub(crate) fn note_machine_use(&self, token: MachineTokenId, now: Timestamp) {
        let mut uses = self.0.machine_uses.lock().expect("no panic while held");
        uses.insert(token, now);
    }

    /// The uses of machine tokens that are not written down yet.
    pub(crate) fn take_machine_uses(&self) -> HashMap<MachineTokenId, Timestamp> {
        std::mem::take(&mut *self.0.machine_uses.lock().expect("no panic while held"))
    }

    /// Takes an `Idempotency-Key` of a person; `None` while another request here has it.
    pub(crate) fn take_key(&self, person: PersonId, key: &str) -> Option<KeyInFlight> {
        let key = (person, key.to_owned());
        let mut keys = self.0.keys_in_flight.lock().expect("no panic while held");
        keys.insert(key.clone()).then(|| KeyInFlight {
            inner: self.0.clone(),
            key,
        })
    }

    /// A new `UUIDv7` from the clock of the hub.
    pub(crate) fn new_uuid(&self) -> Uuid {
        uuid_at(self.now())
    }

    /// A new id.
    pub(crate) fn new_id<T>(&self) -> Id<T> {
        Id::from_uuid(self.new_uuid())
    }

    /// Runs `work` in one reading transaction, away from the threads that serve.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> ApiResult<T> + Send + 'static,
    ) -> ApiResult<T> {
        let store = self.0.store.clone();
        off_thread(move || store.read(work)).await
    }

    /// Runs `work` in one writing transaction, away from the threads that serve, then has the snapshot follow.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> ApiResult<T> + Send + 'static,
    ) -> ApiResult<T> {
        let store = self.0.store.clone();
        let done = off_thread(move || store.write(work)).await;
        self.0.live.nudge();
        self.0.written.notify_one();
        done
    }

    /// As [`App::write`], for what no snapshot holds.
    pub(crate) async fn write_quietly<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> ApiResult<T> + Send + 'static,
    ) -> ApiResult<T> {
        let store = self.0.store.clone();
        off_thread(move || store.write(work)).await
    }

    /// As [`App::write`], with the rights of the caller read again in the same transaction.
    pub(crate) async fn write_as<T: Send + 'static>(
        &self,
        caller: &Signed,
        work: impl FnOnce(&mut Conn, &Principal) -> ApiResult<T> + Send + 'static,
    ) -> ApiResult<T> {
        let (caller, now) = (caller.clone(), self.now());
        self.write(move |conn| {
            let me = caller.recheck(conn, now)?;
            work(conn, &me)
        })
        .await
    }

    /// As [`App::read`], with the rights of the caller read in the same transaction.
    pub(crate) async fn read_as<T: Send + 'static>(
        &self,
        caller: &Signed,
        work: impl FnOnce(&mut Conn, &Principal) -> ApiResult<T> + Send + 'static,
    ) -> ApiResult<T> {
        let (caller, now) = (caller.clone(), self.now());
        self.read(move |conn| {
            let me = caller.recheck(conn, now)?;
            work(conn, &me)
        })
        .await
    }
}

/// A new `UUIDv7` of this moment.
pub fn uuid_at(now: Timestamp) -> Uuid {
    let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
    let random: [u8; 10] = secrets::random_bytes();
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// Runs blocking work on a thread that may block.
pub(crate) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> ApiResult<T> + Send + 'static,
) -> ApiResult<T> {
    web::block(work)
        .await
        .map_err(|_| ApiError::from(Code::Unavailable))?
}

impl FromRequest for App {
    type Error = ApiError;
    type Future = Ready<ApiResult<App>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let app = request.app_data::<App>().cloned();
        std::future::ready(app.ok_or_else(|| ApiError::internal("the app is not there")))
    }
}
