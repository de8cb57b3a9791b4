#!/usr/bin/env bash
# Everything that must hold: formatting and lints, the published ABIs, the tests of the on-chain crates, the contracts as
# WASM within the limits of the chain, the local chain's own tests, and the end-to-end tests on the deployed WASM.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

HOST=(--locked --manifest-path "$REPO/host/Cargo.toml" --workspace)
ONCHAIN=(--locked --manifest-path "$REPO/Cargo.toml" --workspace)
SUMMARY=()

main() {
    cd "$REPO"
    mkdir -p "$TARGET"
    # Incremental compilation only costs time and space where nothing will be compiled again.
    if [ -n "${CI:-}" ]; then export CARGO_INCREMENTAL=0; fi

    step "Tools" tools
    # The contracts compile in the background while the first steps, which do not need them, run.
    artifacts_start
    step "Shell scripts" shell_scripts
    step "Formatting" formatting
    step "Published ABIs" scripts/abi.sh --check
    lint_while_compiling
    step "Compiling the on-chain crates" cargo test "${ONCHAIN[@]}" --no-run
    # motsu, which plays the chain for the contracts' unit tests, gives up when another thread holds its state for 10 ms.
    step "Tests: on-chain crates" env RUST_TEST_THREADS=1 cargo test "${ONCHAIN[@]}"
    step "Compiling the host" cargo test "${HOST[@]}" --all-targets --no-run
    step "Contracts and fixtures" artifacts_finish
    step "Tests: host and end to end" cargo test "${HOST[@]}"

    heading "Summary"
    printf '    %s\n' "${SUMMARY[@]}"
    echo "all passed in $(elapsed $SECONDS)"
}

# step <title> <command…>
step() {
    local title=$1 start=$SECONDS
    shift
    heading "$title"
    # Not in a condition: `set -e` would not hold inside the command.
    FAILING="$title"
    "$@" </dev/null
    FAILING=
    SUMMARY+=("$(printf '%-32s %8s' "$title" "$(elapsed $((SECONDS - start)))")")
    say "$title: passed in $(elapsed $((SECONDS - start)))"
}

tools() {
    host_ready
    # motsu, the unit-test harness of the on-chain crates, brings an RPC client that links OpenSSL.
    if ! have pkg-config || ! pkg-config --exists openssl; then
        say "installing OpenSSL's development files (pkg-config, libssl-dev)"
        apt_install pkg-config libssl-dev || die "install pkg-config and OpenSSL's development files"
    fi
    npm_ready
    cargo --version
    echo "node $(node --version)"
}

shell_scripts() {
    local script
    for script in .ci/run scripts/usdai scripts/*.sh scripts/lib/*.sh; do bash -n "$script"; done
    for script in scripts/lib/*.cjs abi/build.mjs; do node --check "$script"; done
    if have shellcheck; then shellcheck --external-sources --source-path=SCRIPTDIR .ci/run scripts/usdai scripts/*.sh scripts/lib/*.sh; fi
}

# component <name>: whether cargo has this subcommand, after an attempt to add it.
component() {
    cargo "$1" --version >/dev/null 2>&1 && return
    if have rustup; then
        say "adding $1 (rustup component add)"
        RUSTUP_MAX_RETRIES=1 timeout 90 rustup component add "${1/#fmt/rustfmt}" >/dev/null 2>&1 || true
    fi
    cargo "$1" --version >/dev/null 2>&1 && return
    SUMMARY+=("cargo $1 is not installed: skipped")
    return 1
}

formatting() {
    component fmt || return 0
    cargo fmt --manifest-path Cargo.toml --all --check
    cargo fmt --manifest-path host/Cargo.toml --all --check
}

# From here on our own crates are compiled by clippy's driver, which is rustc with its lints: `cargo clippy` would check
# all dependencies, wasmer and revm among them, once more. A warning is an error; CLIPPY_ARGS is how `cargo clippy` itself
# tells the driver.
lint_while_compiling() {
    component clippy || return 0
    RUSTC_WORKSPACE_WRAPPER=$(rustup which clippy-driver 2>/dev/null || command -v clippy-driver) || return 0
    export RUSTC_WORKSPACE_WRAPPER CLIPPY_ARGS=-Dwarnings__CLIPPY_HACKERY__
}

artifacts_start() {
    set -m
    (scripts/build-wasm.sh && scripts/fixtures.sh) >"$TARGET/artifacts.log" 2>&1 </dev/null &
    ARTIFACTS=$!
    set +m
}

artifacts_finish() {
    local status=0
    wait "$ARTIFACTS" || status=$?
    ARTIFACTS=
    cat "$TARGET/artifacts.log"
    return $status
}

ARTIFACTS='' FAILING=''
finish() {
    local status=$?
    if [ -n "$ARTIFACTS" ]; then kill -TERM -- "-$ARTIFACTS" 2>/dev/null || true; fi
    if [ $status -ne 0 ]; then echo "FAILED: ${FAILING:-interrupted} (after $(elapsed $SECONDS))" >&2; fi
    exit $status
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

main "$@"
