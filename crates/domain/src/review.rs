//! The staff's review 審査 of an organisation: which step leads where.

use crate::Review;

/// A step of the review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewStep {
    /// Members hand it in.
    Submit,
    /// Staff take it in, or back in after a suspension.
    Approve,
    /// Staff do not take it in.
    Reject,
    /// Staff take it off every list.
    Suspend,
}

impl ReviewStep {
    /// Every step.
    pub const ALL: [ReviewStep; 4] = [
        ReviewStep::Submit,
        ReviewStep::Approve,
        ReviewStep::Reject,
        ReviewStep::Suspend,
    ];

    /// What is said of the organisation afterwards, in snake_case.
    pub const fn done(self) -> &'static str {
        match self {
            ReviewStep::Submit => "submitted",
            ReviewStep::Approve => "approved",
            ReviewStep::Reject => "rejected",
            ReviewStep::Suspend => "suspended",
        }
    }
}

/// The table of the review has no such step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{step:?} is not possible in {state:?}")]
pub struct NotInReview {
    /// Where the review stands.
    pub state: Review,
    /// What was tried.
    pub step: ReviewStep,
}

impl Review {
    /// The review after `step`. This is the whole table.
    ///
    /// # Errors
    /// [`NotInReview`], which names what was refused.
    pub const fn apply(self, step: ReviewStep) -> Result<Review, NotInReview> {
        match (self, step) {
            (Review::Draft | Review::Rejected, ReviewStep::Submit) => Ok(Review::Submitted),
            (Review::Submitted | Review::Suspended, ReviewStep::Approve) => Ok(Review::Approved),
            (Review::Submitted, ReviewStep::Reject) => Ok(Review::Rejected),
            (Review::Approved, ReviewStep::Suspend) => Ok(Review::Suspended),
            (state, step) => Err(NotInReview { state, step }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_the_review_is_this_and_no_more() {
        use Review::{Approved, Draft, Rejected, Submitted, Suspended};
        use ReviewStep::{Approve, Reject, Submit, Suspend};
        let table = [
            (Draft, Submit, Submitted),
            (Rejected, Submit, Submitted),
            (Submitted, Approve, Approved),
            (Suspended, Approve, Approved),
            (Submitted, Reject, Rejected),
            (Approved, Suspend, Suspended),
        ];

        for state in Review::ALL {
            for step in ReviewStep::ALL {
                let row = table
                    .iter()
                    .find(|(from, by, _)| (*from, *by) == (state, step));
                let expected = row.map_or(Err(NotInReview { state, step }), |(.., to)| Ok(*to));
                assert_eq!(state.apply(step), expected);
            }
        }
    }
}
