//! Programs written as text, run on a chain whose gas is easy to work out. Expected figures are written out by hand.

mod common;

use common::run;
use stylus_vm::Outcome;

#[test]
fn status_is_the_outcome() {
    let returning = |status: u32| {
        run(
            &format!(r#"(func (export "user_entrypoint") (param i32) (result i32) i32.const {status})"#),
            1_000,
        )
        .outcome
    };
    assert_eq!(
        [returning(0), returning(1), returning(2)],
        [Outcome::Success, Outcome::Revert, Outcome::Revert]
    );
}
