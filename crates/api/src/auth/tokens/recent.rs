//! Tokens whose signature was checked lately: whether a text was signed by one of the keys never changes while a process
//! has them, so it is found once. Times are checked at every use, and what a person may do is read from the snapshot.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use sha2::{Digest, Sha256};

use super::Payload;

/// Tokens at most. Our choice: as many people as are at work at once.
const TOKENS_MAX: usize = 4_096;

/// Payloads by the SHA-256 of their token, the oldest going first.
#[derive(Debug, Default)]
pub(super) struct Recent(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    payloads: HashMap<[u8; 32], Arc<Payload>>,
    order: VecDeque<[u8; 32]>,
}

impl Recent {
    /// What a token says whose signature was found good.
    pub(super) fn find(&self, token: &str) -> Option<Arc<Payload>> {
        let hash = hash(token);
        let kept = self.0.lock().expect("no panic while held");
        kept.payloads.get(&hash).cloned()
    }

    /// Keeps what a token says whose signature was found good.
    pub(super) fn keep(&self, token: &str, payload: Arc<Payload>) {
        let hash = hash(token);
        let mut kept = self.0.lock().expect("no panic while held");
        if kept.payloads.insert(hash, payload).is_some() {
            return;
        }
        kept.order.push_back(hash);
        if kept.order.len() > TOKENS_MAX
            && let Some(oldest) = kept.order.pop_front()
        {
            kept.payloads.remove(&oldest);
        }
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}
