#!/usr/bin/env bash
# Builds and runs the local Arbitrum chain. Takes the options of the binary: scripts/devnet.sh --help
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

need cargo "install Rust: https://rustup.rs"
(
    cd "$REPO/host"
    say "building the local chain (the first time takes some minutes)"
    cargo build --locked --quiet -p devnet --bin devnet
) || die "the local chain does not build"
exec "${CARGO_TARGET_DIR:-$REPO/host/target}/debug/devnet" "$@"
