//! What can be wrong with the taxonomy data.

use super::Axis;

/// One mistake in the data files.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The file cannot be parsed at all.
    #[error("{file}: {reason}")]
    Unreadable {
        /// Name of the file below `crates/domain/data`.
        file: &'static str,
        /// What the parser said.
        reason: String,
    },
    /// Two terms have the same code.
    #[error("{axis}: `{code}` is there twice")]
    DuplicateCode {
        /// Where.
        axis: Axis,
        /// The code.
        code: String,
    },
    /// The parent of a term does not exist, or comes after it.
    #[error("{axis}: `{code}` has the parent `{parent}`, which does not stand above it")]
    UnknownParent {
        /// Where.
        axis: Axis,
        /// The child.
        code: String,
        /// What it names as its parent.
        parent: String,
    },
    /// A term lacks its English or Japanese label.
    #[error("{axis}: `{code}` lacks a label")]
    MissingLabel {
        /// Where.
        axis: Axis,
        /// The code.
        code: String,
    },
    /// A mapping leads to a code that does not exist, or a name is mapped twice.
    #[error("{file}: `{name}` leads to `{code}`, which is unknown, or stands there twice")]
    BadMapping {
        /// Name of the file below `crates/domain/data`.
        file: &'static str,
        /// The mapped name.
        name: String,
        /// Where it leads.
        code: String,
    },
}

/// Everything that is wrong with the data files, one [`Fault`] a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the taxonomies are not in order:\n{}", lines(.0))]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    pub(super) fn unless_none(faults: Vec<Fault>) -> Result<(), Faults> {
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Faults(faults))
        }
    }
}

fn lines(faults: &[Fault]) -> String {
    let lines: Vec<String> = faults.iter().map(Fault::to_string).collect();
    lines.join("\n")
}
