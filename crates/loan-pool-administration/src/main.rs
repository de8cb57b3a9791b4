//! Prints the Solidity interface of the contract, as `cargo stylus export-abi` does.

fn main() {
    loan_pool_administration::print_from_args();
}
