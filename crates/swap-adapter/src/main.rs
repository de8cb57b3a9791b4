//! Prints the Solidity interface of the contract, as `cargo stylus export-abi` does.

fn main() {
    swap_adapter::print_from_args();
}
