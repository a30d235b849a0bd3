//! Answers given lately, by their `ETag`.
//!
//! A tag names all that an answer hangs on: who asks, what, in which language, by which card, on which snapshot. So what
//! is kept is never stale and nothing ever has to be taken back; it saves finding and writing the same list again for
//! whoever loads a page twice or turns back to it.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use actix_web::web::Bytes;

/// Bytes of all bodies together at most. Our choice: a few hundred lists.
const BYTES_MAX: usize = 32 << 20;

/// Bodies by tag, the oldest going first.
#[derive(Default)]
pub(crate) struct Answers(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    bodies: HashMap<Arc<str>, Bytes>,
    order: VecDeque<Arc<str>>,
    bytes: usize,
}

impl Answers {
    /// The body with this tag, if it is still kept.
    pub(crate) fn find(&self, tag: &str) -> Option<Bytes> {
        let kept = self.0.lock().expect("no panic while held");
        kept.bodies.get(tag).cloned()
    }

    /// Keeps a body.
    pub(crate) fn keep(&self, tag: &str, body: &Bytes) {
        let mut kept = self.0.lock().expect("no panic while held");
        if body.len() > BYTES_MAX || kept.bodies.contains_key(tag) {
            return;
        }
        while kept.bytes + body.len() > BYTES_MAX {
            let Some(oldest) = kept.order.pop_front() else {
                break;
            };
            let gone = kept.bodies.remove(&oldest);
            kept.bytes -= gone.map_or(0, |gone| gone.len());
        }
        let tag: Arc<str> = tag.into();
        kept.bytes += body.len();
        kept.order.push_back(tag.clone());
        kept.bodies.insert(tag, body.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_when_there_is_no_more_room() {
        let answers = Answers::default();
        let third = Bytes::from(vec![0; BYTES_MAX / 3]);

        for tag in ["a", "b", "c", "d"] {
            answers.keep(tag, &third);
        }

        let is_kept = ["a", "b", "c", "d"].map(|tag| answers.find(tag).is_some());
        assert_eq!(is_kept, [false, true, true, true]);
    }

    #[test]
    fn what_has_no_room_at_all_is_not_kept_and_drives_nothing_out() {
        let answers = Answers::default();
        answers.keep("small", &Bytes::from_static(b"{}"));

        answers.keep("huge", &Bytes::from(vec![0; BYTES_MAX + 1]));

        assert!(answers.find("huge").is_none());
        assert_eq!(answers.find("small"), Some(Bytes::from_static(b"{}")));
    }
}
