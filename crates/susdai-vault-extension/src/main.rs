//! Prints the Solidity interface of the contract, as `cargo stylus export-abi` does.

fn main() {
    susdai_vault_extension::print_from_args();
}
