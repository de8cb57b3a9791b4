//! `usdai`: the command.

use std::process::ExitCode;

fn main() -> ExitCode {
    usdai_cli::main()
}
