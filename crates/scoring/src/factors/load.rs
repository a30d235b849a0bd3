//! How much a counterpart was asked lately: the band of the requests to it in the [`DAYS`] before the market's day.
//!
//! A band begins with three requests, so that it tells of no single one. Bounds in doublings. Source: our choice.

/// Days that count as lately. Source: our choice, a quarter.
pub const DAYS: i32 = 90;

/// The lower bound of each level.
const BOUNDS: [u32; 6] = [0, 3, 6, 12, 24, 48];

pub(crate) const LEVELS: &[&str] = &[
    "below_3", "from_3", "from_6", "from_12", "from_24", "from_48",
];

/// Where "often" begins.
pub(crate) const OFTEN: u8 = 3;

/// The level of so many requests.
pub fn level(requests: u32) -> u8 {
    let reached = BOUNDS.iter().filter(|&&bound| bound <= requests).count();
    u8::try_from(reached - 1).expect("six levels")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_band_begins_at_its_bound_and_two_requests_are_as_none() {
        for (requests, name) in [(0, 0), (2, 0), (3, 1), (5, 1), (6, 2), (47, 4), (1000, 5)] {
            assert_eq!(level(requests), name, "{requests}");
        }
        assert_eq!(LEVELS.len(), BOUNDS.len());
    }
}
