//! The lowest point of a function, by projected quasi-Newton steps (L-BFGS; Nocedal 1980).

use ndarray::Array1;

/// Steps that are remembered.
const MEMORY: usize = 12;

/// Where to look.
pub(super) struct Descent<'a> {
    pub(super) steps_max: usize,
    /// Whether a cell may not be below 0.
    pub(super) is_bounded: &'a dyn Fn(usize) -> bool,
}

impl Descent<'_> {
    /// The lowest point of `objective`, which gives value and slope, with the number of steps from `at`.
    pub(super) fn run(
        &self,
        mut at: Array1<f64>,
        objective: &impl Fn(&Array1<f64>) -> (f64, Array1<f64>),
        progress: &dyn Fn(f64),
    ) -> (Array1<f64>, usize) {
        let (mut value, mut slope) = objective(&at);
        let mut memory: Vec<(Array1<f64>, Array1<f64>)> = Vec::new();
        for step in 0..self.steps_max {
            #[expect(clippy::cast_precision_loss, reason = "hundreds")]
            progress(step as f64 / self.steps_max as f64);
            let is_free =
                |place: usize| !(self.is_bounded)(place) || at[place] > 0.0 || slope[place] < 0.0;
            let free = Array1::from_shape_fn(at.len(), |place| f64::from(u8::from(is_free(place))));
            let mut direction = -quasi_newton(&memory, &(&slope * &free)) * &free;
            if direction.dot(&slope) >= 0.0 {
                memory.clear();
                direction = -(&slope * &free);
            }
            if memory.is_empty() {
                direction /= slope.dot(&slope).sqrt().max(1e-12);
            }
            let Some((next, next_value, next_slope)) =
                self.descend(objective, &at, value, &slope, &direction)
            else {
                if memory.is_empty() {
                    return (at, step);
                }
                memory.clear();
                continue;
            };
            let (moved, turned) = (&next - &at, &next_slope - &slope);
            if moved.dot(&turned) > 1e-12 {
                memory.push((moved, turned));
                if memory.len() > MEMORY {
                    memory.remove(0);
                }
            }
            let gained = value - next_value;
            (at, value, slope) = (next, next_value, next_slope);
            if gained < 1e-6 * value.abs() {
                return (at, step + 1);
            }
        }
        (at, self.steps_max)
    }

    /// The first point on the projected ray, halving from its end, that lies low enough (Armijo).
    fn descend(
        &self,
        objective: &impl Fn(&Array1<f64>) -> (f64, Array1<f64>),
        at: &Array1<f64>,
        value: f64,
        slope: &Array1<f64>,
        direction: &Array1<f64>,
    ) -> Option<(Array1<f64>, f64, Array1<f64>)> {
        let mut length = 1.0;
        for _ in 0..25 {
            let mut next = at + &(direction * length);
            for (place, step) in next.iter_mut().enumerate() {
                if (self.is_bounded)(place) {
                    *step = step.max(0.0);
                }
            }
            let (found, found_slope) = objective(&next);
            if found <= value + 1e-4 * slope.dot(&(&next - at)) {
                return Some((next, found, found_slope));
            }
            length /= 2.0;
        }
        None
    }
}

/// The inverse of the remembered curvature times `slope`: the two-loop recursion of L-BFGS.
fn quasi_newton(memory: &[(Array1<f64>, Array1<f64>)], slope: &Array1<f64>) -> Array1<f64> {
    let mut direction = slope.clone();
    let mut shares = Vec::new();
    for (moved, turned) in memory.iter().rev() {
        let share = moved.dot(&direction) / moved.dot(turned);
        direction -= &(turned * share);
        shares.push(share);
    }
    if let Some((moved, turned)) = memory.last() {
        direction *= moved.dot(turned) / turned.dot(turned);
    }
    for ((moved, turned), share) in memory.iter().zip(shares.into_iter().rev()) {
        let back = turned.dot(&direction) / moved.dot(turned);
        direction += &(moved * (share - back));
    }
    direction
}
