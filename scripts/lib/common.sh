# shellcheck shell=bash
# Shell helpers of the scripts in this directory's parent. Sourced, not run; callers set `-euo pipefail`.

REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
TARGET=$REPO/target
SECONDS=0

if [ -t 2 ]; then BOLD=$'\e[1m' RED=$'\e[31m' RESET=$'\e[0m'; else BOLD='' RED='' RESET=''; fi

# Progress goes to standard error, so that what a script answers on standard output can be piped on.
heading() { printf '\n%s==> %s%s\n' "$BOLD" "$*" "$RESET" >&2; }
say() { printf '    %s\n' "$*" >&2; }
die() {
    printf '%serror:%s %s\n' "$RED" "$RESET" "$*" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# elapsed <seconds>: 75 -> "1m15s".
elapsed() {
    if [ "$1" -lt 60 ]; then echo "${1}s"; else echo "$(($1 / 60))m$(printf %02d $(($1 % 60)))s"; fi
}

# need <command> <what it is for>: fails with a sentence instead of "command not found".
need() { have "$1" || die "$1 is missing: $2"; }

# apt_install <package>...: Debian's packages, where there is apt-get and a way to be root.
apt_install() {
    have apt-get || return 1
    local -a as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        have sudo || return 1
        as_root=(sudo -n)
    fi
    local -a install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 -qq -y
        --no-install-recommends install "$@")
    mkdir -p "$TARGET"
    # The package lists of a fresh container are empty or old: refresh them only when the first attempt fails.
    "${install[@]}" >"$TARGET/apt.log" 2>&1 </dev/null && return
    say "refreshing Debian's package lists"
    "${as_root[@]}" apt-get -qq update >>"$TARGET/apt.log" 2>&1 </dev/null || return 1
    "${install[@]}" >>"$TARGET/apt.log" 2>&1 </dev/null
}

# npm_ready: the Node packages of package-lock.json, installed once for each lock file.
npm_ready() {
    need node "install Node.js 18 or newer"
    need npm "it comes with Node.js"
    local stamp=$REPO/node_modules/.installed want
    want=$(sha256sum <"$REPO/package-lock.json")
    if [ "$(cat "$stamp" 2>/dev/null)" = "$want" ]; then return; fi
    say "installing the Node packages of package-lock.json"
    mkdir -p "$TARGET"
    (
        flock 9
        [ "$(cat "$stamp" 2>/dev/null)" = "$want" ] && exit
        cd "$REPO"
        npm ci --no-audit --no-fund --loglevel=error </dev/null >"$TARGET/npm.log" 2>&1 || {
            tail -n 20 "$TARGET/npm.log" >&2
            exit 1
        }
        echo "$want" >"$stamp"
    ) 9>"$TARGET/npm.lock" || die "npm ci failed"
}

# content_hash: one hash of the files that are named, one a line, on standard input. Names are relative to the
# current directory, so that a clone elsewhere hashes the same.
content_hash() { LC_ALL=C sort | xargs -d '\n' -r sha256sum | sha256sum | cut -d' ' -f1; }

# run_logged <label> <log file> <command…>: runs a long command quietly. A line with the number of crates compiled and
# the time shows that it goes on; if the command fails, the end of the log is shown.
run_logged() {
    local label=$1 log=$2 pid start=$SECONDS shown=$SECONDS status=0 every=20 begin='    ' end='\n'
    shift 2
    # A terminal gets one line that is written over each second, anything else a line now and then.
    if [ -t 2 ]; then every=1 begin=$'\r    ' end=$'\e[K'; fi
    # A process group of its own, so that an interruption reaches the compilers below it too.
    set -m
    "$@" >"$log" 2>&1 </dev/null &
    pid=$!
    set +m
    # shellcheck disable=SC2064 # this very process
    trap "kill -TERM -- -$pid 2>/dev/null; exit 130" INT TERM HUP
    while kill -0 "$pid" 2>/dev/null; do
        sleep 0.2
        if [ $((SECONDS - shown)) -ge $every ]; then
            shown=$SECONDS
            printf "$begin%s: %s crates, %s$end" "$label" "$(grep -c '^ *Compiling ' "$log" || true)" \
                "$(elapsed $((SECONDS - start)))" >&2
        fi
    done
    wait "$pid" || status=$?
    trap - INT TERM HUP
    if [ -t 2 ] && [ "$shown" -ne "$start" ]; then printf '\r\e[K' >&2; fi
    if [ $status -ne 0 ]; then
        tail -n 60 "$log" >&2
        say "$label failed; the whole output is in $log"
    fi
    return $status
}

# host_ready: what the host workspace and the tests need beside Node; installs what Debian can give.
host_ready() {
    local oldest version
    need cargo "install a Rust toolchain (https://rustup.rs)"
    oldest=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$REPO/host/Cargo.toml")
    version=$(cd "$REPO" && rustc --version | cut -d' ' -f2)
    [ "$(printf '%s\n' "$oldest" "$version" | sort -V | head -n1)" = "$oldest" ] ||
        die "Rust $version is too old: $oldest or newer is needed (rustup update stable)"
    if ! have cc; then
        say "installing a C compiler, which links Rust programs (gcc, libc6-dev)"
        apt_install gcc libc6-dev || true
        need cc "install gcc and libc6-dev"
    fi
}

# networks: the networks that there are configurations for.
networks() { (cd "$REPO/deployments" && ls ./*.toml | sed 's|^\./||; s|\.toml$||' | paste -sd' '); }

# host_program <name> <label>: builds a program of the host workspace unless it was built from the sources as they are;
# PROGRAM is its path. HOST_PROGRAMS: a folder of programs that a caller has just built himself, as the tests have.
host_program() {
    local name=$1 label=$2 built
    if [ -n "${HOST_PROGRAMS:-}" ]; then
        PROGRAM=$HOST_PROGRAMS/$name
        return
    fi
    PROGRAM=${CARGO_TARGET_DIR:-$REPO/host/target}/debug/$name
    built=$PROGRAM.built
    # The directory may be shared by several clones.
    if [ -x "$PROGRAM" ] && [ "$(cat "$built" 2>/dev/null)" = "$REPO" ] && ! newer_sources "$built"; then return; fi
    host_ready
    mkdir -p "$TARGET" "${built%/*}"
    # What changes while it compiles is newer than this. Several may compile it at once.
    echo "$REPO" >"$built.$$"
    # --workspace: the same features whatever the program, so that the next one compiles little.
    run_logged "$label" "$TARGET/$name-build.log" \
        cargo build --locked --manifest-path "$REPO/host/Cargo.toml" --workspace --bin "$name"
    mv "$built.$$" "$built"
}

# newer_sources <file>: whether a file that the host's programs are made of is newer.
newer_sources() {
    [ -n "$(find "$REPO/host" "$REPO/crates" "$REPO/contracts/interfaces" -path "$REPO/host/target" -prune -o \
        -type f -newer "$1" -print -quit)" ]
}
