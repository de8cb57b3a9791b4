//! Prints the Solidity interface of the contract, as `cargo stylus export-abi` does.

fn main() {
    susdai_vault::print_from_args();
}
