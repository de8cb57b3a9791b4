#!/usr/bin/env bash
# Builds and runs the local Arbitrum chain. Takes the options of the binary: scripts/devnet.sh --help
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

need cargo "install Rust: https://rustup.rs"
mkdir -p "$TARGET"
run_logged "building the local chain" "$TARGET/devnet-build.log" \
    cargo build --locked --manifest-path "$REPO/host/Cargo.toml" -p devnet --bin devnet
exec "${CARGO_TARGET_DIR:-$REPO/host/target}/debug/devnet" --cache-dir "$TARGET/programs" "$@"
