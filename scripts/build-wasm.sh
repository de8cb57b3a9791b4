#!/usr/bin/env bash
# build-wasm.sh [contract…]: compiles contracts (all of them by default) to what is deployed on Arbitrum Stylus.
#
#   target/wasm/<contract>.wasm   the module; its deployed code is EFF00000 and the brotli-compressed module
#   target/wasm/report.json       sizes and activation costs; a contract over a limit of the chain fails the build
#
# The same sources and the same compiler give the same bytes, wherever the repository and the compiler lie.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$REPO/scripts/lib/wasm-toolchain.sh"

OUT=$TARGET/wasm
BUILD=$TARGET/wasm-build

RUSTC_FLAGS=(
    # A panic is one trap instruction, without a message: no formatting code, no locations in the data.
    -Zunstable-options
    -Cpanic=immediate-abort
    -Zlocation-detail=none
    -Zfmt-debug=none
    # A shadow stack of 16 KiB leaves one page of memory; the default of 1 MiB costs 15,000 gas on every call.
    -Clinker-flavor=wasm-ld
    -Clink-arg=-zstack-size=16384
)
# The standard library is compiled from source with those flags.
CARGO_FLAGS=(
    --locked --release --lib --target wasm32-unknown-unknown
    "-Zbuild-std=std,panic_abort" -Zbuild-std-features=optimize_for_size
)
# Only features that Nitro activates. The later passes of -Oz work on control flow that was rebuilt from scratch. What counts is
# the compressed size: a function that stays by itself looks more like others than one that is inlined where it is called. So
# only small ones are, though a program's first call after a while costs 8 gas for each that is not.
WASM_OPT_FLAGS=(
    --mvp-features --enable-bulk-memory-opt --enable-sign-ext --enable-mutable-globals
    --strip-debug --strip-producers --strip-target-features
    --always-inline-max-function-size=16 --one-caller-inline-max-function-size=80
    -Oz --flatten --rereloop -Oz -Oz
)

main() {
    cd "$REPO"
    need node "install Node.js 18 or newer"
    mkdir -p "$OUT" "$BUILD/optimised"
    lock

    wasm_toolchain
    local toolchain_id
    toolchain_id=$(wasm_toolchain_id)
    declare -A inputs=()
    local -a all=() wanted=() stale=()
    local name directories contracts
    contracts=$("$WASM_CARGO" metadata --no-deps --format-version 1 --locked | node scripts/lib/contracts.cjs)
    while read -r name directories; do
        all+=("$name")
        inputs[$name]=$(
            {
                echo "$toolchain_id"
                # shellcheck disable=SC2086 # a list of directories
                find $directories contracts/interfaces Cargo.toml Cargo.lock package-lock.json scripts/build-wasm.sh \
                    scripts/lib/wasm-toolchain.sh host/stylus-rules/src host/Cargo.lock -type f | content_hash
            } | sha256sum | cut -d' ' -f1
        )
    done <<<"${contracts:?there is no contract under crates/}"

    wanted=("$@")
    [ $# -gt 0 ] || wanted=("${all[@]}")
    for name in "${wanted[@]}"; do
        [ -n "${inputs[$name]:-}" ] || die "no contract is called '$name'; there are: ${all[*]}"
        up_to_date "$name" || stale+=("$name")
    done
    discard_outdated
    if [ ${#stale[@]} -eq 0 ] && [ -f "$OUT/report.json" ]; then
        say "the contracts are up to date: $OUT"
        return
    fi

    rm -f "$OUT/report.json"
    npm_ready
    if [ ${#stale[@]} -gt 0 ]; then (compile "${stale[@]}"); fi
    publish ${stale[@]+"${stale[@]}"}
    say "built in $(elapsed $SECONDS): $OUT"
}

lock() {
    exec 8>"$BUILD/lock"
    if ! flock -n 8; then
        say "waiting for another build of the contracts"
        flock 8
    fi
}

# The stamp beside an artifact names the inputs it was made from, and the artifact itself.
stamp_of() { echo "${inputs[$1]} $(sha256sum <"$OUT/$1.wasm" | cut -d' ' -f1)"; }
up_to_date() { [ -f "$OUT/$1.wasm" ] && [ "$(cat "$OUT/.$1.stamp" 2>/dev/null)" = "$(stamp_of "$1")" ]; }

# What stands in target/wasm was built from the sources as they are, or it is not there.
discard_outdated() {
    local file name
    for file in "$OUT"/*.wasm; do
        name=$(basename "$file" .wasm)
        [ -f "$file" ] || continue
        if [ -z "${inputs[$name]:-}" ] || ! up_to_date "$name"; then
            rm -f "$file" "$OUT/.$name.stamp" "$OUT/report.json"
        fi
    done
}

compile() {
    say "compiling $* with $("$WASM_RUSTC" --version)"
    local -a packages=() flags=("${RUSTC_FLAGS[@]}")
    local name
    for name in "$@"; do packages+=(-p "$name"); done
    flags+=(
        "--remap-path-prefix=$REPO=/usdai"
        "--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
        "--remap-path-prefix=$WASM_SYSROOT=/rust"
    )
    # Nothing of the caller's environment may change the code.
    local variable
    for variable in $(compgen -e | grep -E '^(RUSTFLAGS|RUSTC_.*|CARGO_(ENCODED_RUSTFLAGS|BUILD|PROFILE|TARGET|UNSTABLE)_?.*)$'); do
        unset "$variable"
    done
    export RUSTC=$WASM_RUSTC RUSTC_BOOTSTRAP=1
    export CARGO_TARGET_DIR=$BUILD CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$WASM_LINKER
    CARGO_ENCODED_RUSTFLAGS=$(IFS=$'\x1f' && echo "${flags[*]}")
    export CARGO_ENCODED_RUSTFLAGS
    run_logged "compiling" "$BUILD/cargo.log" "$WASM_CARGO" build "${CARGO_FLAGS[@]}" "${packages[@]}"
}

# optimise <contract>: prints the path of the optimised module, which is kept under the hash of what it was made from.
optimise() {
    local raw=$BUILD/wasm32-unknown-unknown/release/${1//-/_}.wasm key optimised
    key=$(cat "$raw" package-lock.json <(echo "${WASM_OPT_FLAGS[*]}") | sha256sum | cut -d' ' -f1)
    optimised=$BUILD/optimised/$key.wasm
    if [ ! -f "$optimised" ]; then
        say "optimising $1"
        node_modules/.bin/wasm-opt "${WASM_OPT_FLAGS[@]}" "$raw" -o "$optimised.new" || die "wasm-opt failed on $raw"
        mv "$optimised.new" "$optimised"
    fi
    echo "$optimised"
}

# publish <contract…>: checks every limit and, if all of these contracts pass, puts them into target/wasm.
publish() {
    local name optimised
    local -a jobs=()
    for name in "$@"; do
        optimised=$(optimise "$name")
        jobs+=("$name=$optimised=$OUT/$name.wasm")
    done
    for name in "${all[@]}"; do
        if [ -f "$OUT/$name.wasm" ]; then jobs+=("$name=$OUT/$name.wasm"); fi
    done
    # Not in the host workspace's own target directory, where it would wait for whatever is being built there.
    CARGO_TARGET_DIR=$BUILD run_logged "compiling wasm-report" "$BUILD/report.log" \
        cargo build --locked --manifest-path host/Cargo.toml -p stylus-rules --bin wasm-report
    "$BUILD/debug/wasm-report" --out "$OUT/report.json" "${jobs[@]}" >&2 ||
        die "the optimised modules are in $BUILD/optimised"
    for name in "$@"; do stamp_of "$name" >"$OUT/.$name.stamp"; done
}

main "$@"
