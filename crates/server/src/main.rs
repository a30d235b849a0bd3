//! The switch: the `nakodo` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::main()
}
