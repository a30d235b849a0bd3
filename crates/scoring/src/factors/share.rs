//! How the weight of a factor is shared out over labels.

/// Parts of the whole: cells of a factor that is shared out are multiples of it.
pub(crate) const TWELFTHS: i32 = 12;

/// The share of label `index` of `count`, in twelfths: ⌊12 (index + 1) / count⌋ − ⌊12 index / count⌋.
///
/// The shares of all labels are 12 together, whatever their number; beyond twelve labels some have none. Twelve is
/// divided by 1, 2, 3, 4 and 6 without a rest, so the usual numbers of labels share alike.
pub(crate) fn share(index: usize, count: usize) -> u8 {
    const USUAL: [[u8; 4]; 5] = [[0; 4], [12, 0, 0, 0], [6, 6, 0, 0], [4; 4], [3; 4]];
    if count < USUAL.len() {
        return USUAL[count][index];
    }
    let upto = |labels: usize| 12 * labels / count;
    u8::try_from(upto(index + 1) - upto(index)).expect("at most 12")
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn shares_add_up_to_twelve_twelfths_for_any_number_of_labels() {
        for count in 1..40 {
            let total: u8 = (0..count).map(|index| share(index, count)).sum();
            assert_eq!(total, 12, "{count} labels");
        }
    }
}
