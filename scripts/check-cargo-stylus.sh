#!/usr/bin/env bash
# Shows that cargo-stylus works against the local chain: it checks and deploys one of our built contracts, builds,
# checks and deploys a small project with a constructor (scripts/stylus-counter), and the deployed contracts answer.
# Not part of scripts/test.sh: the first run installs cargo-stylus from crates.io, which takes some minutes.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$REPO/scripts/lib/wasm-toolchain.sh"

VERSION=0.10.10
TOOLS=$TARGET/tools
SCRATCH=$TARGET/check-cargo-stylus
CONTRACT=usdai-token
# The first development account of the local chain, and its key, which everybody knows.
ACCOUNT=0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266
KEY=0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80

DEVNET=
URL=
PASSED=0

finish() {
    local status=$?
    if [ -n "$DEVNET" ]; then
        kill "$DEVNET" 2>/dev/null || true
        wait "$DEVNET" 2>/dev/null || true
    fi
    if [ $status -eq 0 ]; then
        printf 'PASSED: cargo-stylus %s works against the local chain (%d checks in %s)\n' $VERSION $PASSED "$(elapsed $SECONDS)"
    else
        printf 'FAILED: cargo-stylus %s against the local chain, after %d checks; logs are in %s\n' $VERSION $PASSED "$SCRATCH"
    fi
}

main() {
    case ${1:-} in
    '') ;;
    *)
        echo "usage: scripts/check-cargo-stylus.sh"
        [ "$1" = --help ] || exit 2
        exit
        ;;
    esac
    trap finish EXIT
    trap 'exit 130' INT TERM HUP
    need cargo "install Rust: https://rustup.rs"
    need curl "install curl"
    rm -rf "$SCRATCH"
    mkdir -p "$SCRATCH" "$TOOLS"

    heading "tools"
    install_cargo_stylus
    wasm_toolchain
    make_cargo
    "$REPO/scripts/build-wasm.sh" "$CONTRACT"

    heading "local chain"
    start_devnet

    heading "a built module"
    # cargo-stylus wants to stand in a Stylus workspace even where it only reads a file: an empty one.
    mkdir "$SCRATCH/workspace"
    printf '[workspace]\nresolver = "2"\n' >"$SCRATCH/workspace/Cargo.toml"
    printf '[workspace]\n[workspace.networks]\n' >"$SCRATCH/workspace/Stylus.toml"
    local module=$TARGET/wasm/$CONTRACT.wasm address
    stylus "check --wasm-file" "$SCRATCH/workspace" check --wasm-file "$module"
    stylus "deploy --wasm-file" "$SCRATCH/workspace" deploy --no-verify --private-key $KEY --wasm-file "$module"
    address=$(deployed_address)
    expect "decimals() of $CONTRACT" "$(call "$address" 0x313ce567)" "$(word 18)"

    heading "a project with a constructor"
    local project=$REPO/scripts/stylus-counter
    stylus "check of a project" "$project" check
    # The constructor's arguments come last: cargo-stylus takes everything behind them for one of them.
    stylus "deploy of a project" "$project" deploy --no-verify --private-key $KEY --constructor-args 41
    address=$(deployed_address)
    expect "number() as constructed" "$(call "$address" 0x8381f58a)" "$(word 41)"
    rpc eth_sendTransaction "[{\"from\":\"$ACCOUNT\",\"to\":\"$address\",\"data\":\"0xd09de08a\"}]" >/dev/null
    expect "number() after increment()" "$(call "$address" 0x8381f58a)" "$(word 42)"
    stylus "deploy of active code" "$project" deploy --no-verify --private-key $KEY \
        --deployer-salt "$(word 1)" --constructor-args 7
    expect "number() of the second counter" "$(call "$(deployed_address)" 0x8381f58a)" "$(word 7)"
    echo >&2
}

install_cargo_stylus() {
    if [ "$("$TOOLS/bin/cargo-stylus" stylus --version 2>/dev/null)" = "stylus $VERSION" ]; then
        say "cargo-stylus $VERSION is in $TOOLS"
        return
    fi
    say "installing cargo-stylus $VERSION from crates.io into $TOOLS (some minutes)"
    run_logged "compiling cargo-stylus" "$TOOLS/install.log" \
        cargo install cargo-stylus --version "=$VERSION" --locked --force --root "$TOOLS" --target-dir "$TOOLS/build"
}

start_devnet() {
    "$REPO/scripts/devnet.sh" --port 0 --quiet >"$SCRATCH/url" &
    DEVNET=$!
    until [ -s "$SCRATCH/url" ]; do
        kill -0 "$DEVNET" 2>/dev/null || die "the local chain did not start"
        sleep 0.2
    done
    URL=$(cat "$SCRATCH/url")
    say "listening on $URL"
}

# stylus <label> <directory> <command> <arguments…>: runs `cargo stylus` there; its output is in $SCRATCH/stylus.log.
stylus() {
    local label=$1 directory=$2 command=$3
    shift 3
    local log=$SCRATCH/stylus.log
    (
        cd "$directory"
        project_environment
        "$TOOLS/bin/cargo-stylus" stylus "$command" --endpoint "$URL" "$@"
    ) >"$log" 2>&1 </dev/null || {
        tail -n 40 "$log" >&2
        die "cargo stylus $label"
    }
    # Colours off, so that addresses can be read from it.
    sed -i 's/\x1b\[[0-9;]*m//g' "$log"
    cp "$log" "$SCRATCH/$PASSED-${label// /-}.log"
    passed "cargo stylus $label"
}

# Project mode runs the `cargo` of the PATH, with flags of its own and the standard library as it comes compiled for
# WASM, which not every toolchain has. Here it finds a cargo that compiles it, like scripts/build-wasm.sh does.
make_cargo() {
    mkdir "$SCRATCH/bin"
    cat >"$SCRATCH/bin/cargo" <<SCRIPT
#!/bin/sh
case " \$* " in
*" wasm32-unknown-unknown "*) exec "$WASM_CARGO" "\$@" -Zbuild-std=std,panic_abort ;;
*) exec "$WASM_CARGO" "\$@" ;;
esac
SCRIPT
    chmod +x "$SCRATCH/bin/cargo"
}

project_environment() {
    local variable
    for variable in $(compgen -e | grep -E '^(RUSTFLAGS|RUSTC_.*|CARGO_(ENCODED_RUSTFLAGS|BUILD|PROFILE|TARGET|UNSTABLE)_?.*)$'); do
        unset "$variable"
    done
    PATH=$SCRATCH/bin:$PATH
    export PATH CARGO=$SCRATCH/bin/cargo RUSTC=$WASM_RUSTC RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$TARGET/stylus-counter
    export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$WASM_LINKER
    export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="-Zunstable-options -Cpanic=immediate-abort \
-Clinker-flavor=wasm-ld -Clink-arg=-zstack-size=16384"
}

deployed_address() {
    sed -n 's/.*deployed code at address: *\(0x[0-9a-fA-F]\{40\}\).*/\1/p' "$SCRATCH/stylus.log" | tail -n 1
}

# rpc <method> <params>: prints the result of a call, which must be a string.
rpc() {
    local answer
    answer=$(curl -sS --max-time 60 -H 'content-type: application/json' \
        -d "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"$1\",\"params\":$2}" "$URL")
    case $answer in
    *'"error"'*) die "$1 $2: $answer" ;;
    esac
    sed -n 's/.*"result":"\([^"]*\)".*/\1/p' <<<"$answer"
}

call() { rpc eth_call "[{\"to\":\"$1\",\"data\":\"$2\"},\"latest\"]"; }

# word <number>: as a 32-byte word.
word() { printf '0x%064x' "$1"; }

expect() {
    [ "$2" = "$3" ] || die "$1: got $2, want $3"
    passed "$1 is $((${3}))"
}

passed() {
    PASSED=$((PASSED + 1))
    say "ok: $1"
}

main "$@"
