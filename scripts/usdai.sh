#!/usr/bin/env bash
# The `usdai` command, compiled first if need be: scripts/usdai.sh --help
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

main() {
    # With the features that all other host programs are compiled with, so that nothing is compiled twice.
    local -a build=(--locked --manifest-path "$REPO/host/Cargo.toml" --workspace --bin usdai)
    mkdir -p "$TARGET"
    host_ready
    run_logged "compiling the usdai command" "$TARGET/usdai-build.log" cargo build "${build[@]}"
    exec "${CARGO_TARGET_DIR:-$REPO/host/target}/debug/usdai" "$@"
}

main "$@"
