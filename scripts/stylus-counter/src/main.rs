//! Prints the contract's interface; `cargo stylus` reads the constructor's signature from it.
#![cfg_attr(not(feature = "export-abi"), no_main)]

#[cfg(feature = "export-abi")]
fn main() {
    stylus_counter::print_from_args();
}
