#!/usr/bin/env bash
# The main job: compiles the contracts, starts a local Arbitrum chain, deploys everything, and prints what happens: USDai is
# minted and redeemed against wrapped-M reserves and through Uniswap V3, staked, queued and bid for in an auction of
# redemptions, and lent to GPU operators over three tranches, one of whom defaults.
#
#   demo.sh            runs once and ends
#   demo.sh --serve    keeps the chain running for a wallet (--port N: on that port)
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

main() {
    local -a demo=(--locked --manifest-path "$REPO/host/Cargo.toml" -p suite --bin demo)
    heading "Contracts"
    "$REPO/scripts/build-wasm.sh"
    heading "Fixtures and Uniswap V3"
    "$REPO/scripts/fixtures.sh"
    heading "Local chain"
    host_ready
    run_logged "compiling the local chain" "$TARGET/demo-build.log" cargo build "${demo[@]}"
    say "ready after $(elapsed $SECONDS)"
    echo >&2
    exec cargo run --quiet "${demo[@]}" -- "$@"
}

main "$@"
