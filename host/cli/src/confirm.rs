//! Asking before anything that costs more than gas.

use std::io::{self, IsTerminal, Write};

use anyhow::{Result, bail};

use crate::context::Context;

/// Has the costs confirmed on the terminal, unless there are none or the options confirm them already.
///
/// # Errors
///
/// When it is declined, or nobody is there to be asked.
pub fn confirm(context: &Context, costs: &[String]) -> Result<()> {
    if costs.is_empty() || context.options.yes {
        return Ok(());
    }
    let what = costs.join("; it ");
    if !io::stdin().is_terminal() {
        bail!(
            "this {what}, and nobody is at a terminal to confirm it: say so with --yes, or look first with --dry-run"
        );
    }
    let mut terminal = io::stderr();
    // The plan, which says it too, was shown only to people.
    if context.out.is_json() {
        writeln!(terminal, "This {what}.")?;
    }
    write!(terminal, "Go on? [y/N] ")?;
    terminal.flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => bail!("not confirmed: nothing was sent"),
    }
}
