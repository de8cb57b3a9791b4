//! A shell in which a guide is followed, as in a terminal: what a block sets, the next one finds.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::page::Block;

/// How long a terminal may take to serve a chain.
const PATIENCE: Duration = Duration::from_mins(10);
/// How long a block may take, in seconds.
const LONGEST: &str = "600";

/// A shell in the repository. Records, secrets and what it makes in temporary folders end with it, and so do the
/// terminals that were opened.
pub(crate) struct Shell {
    bash: Child,
    answers: BufReader<ChildStdout>,
    terminals: Vec<Child>,
    folder: TempDir,
}

/// Where cargo has put the programs that it built for the tests: beside `usdai`.
fn programs() -> PathBuf {
    let usdai = Path::new(env!("CARGO_BIN_EXE_usdai"));
    usdai.parent().expect("it is in a folder").to_owned()
}

impl Shell {
    pub(crate) fn start(repository: &Path) -> Self {
        let folder = TempDir::new().expect("a folder");
        let inside = |name: &str| folder.path().join(name);
        for name in ["deployments", "tmp"] {
            fs::create_dir(inside(name)).expect("a folder");
        }
        let mut command = Command::new("bash");
        command
            .args(["--noprofile", "--norc"])
            .current_dir(repository)
            .env("DEVNET_PORT", "0")
            // Built with these tests: the scripts need not compile them with other features of the dependencies.
            .env("HOST_PROGRAMS", programs())
            .env("USDAI_DEPLOYMENTS", inside("deployments"))
            .env("USDAI_HOME", inside("home"))
            .env("TMPDIR", inside("tmp"))
            // What the examples in TypeScript go by.
            .env("DEPLOYMENT", inside("deployments/local.json"))
            .env("OPENINGS", inside("openings"))
            .env("NO_COLOR", "1")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        for name in [
            "USDAI_NETWORK",
            "USDAI_RPC_URL",
            "USDAI_KEYSTORE",
            "USDAI_PRIVATE_KEY",
            "USDAI_MNEMONIC_INDEX",
        ] {
            command.env_remove(name);
        }
        let mut bash = command.spawn().expect("bash");
        let answers = BufReader::new(bash.stdout.take().expect("a pipe"));
        let mut shell = Self {
            bash,
            answers,
            terminals: Vec::new(),
            folder,
        };
        // The first command that fails ends the shell, and says itself and its line.
        shell.tell("set -eE; trap 'echo \"line $LINENO: $BASH_COMMAND\"' ERR");
        shell
    }

    fn tell(&mut self, line: &str) {
        let input = self.bash.stdin.as_mut().expect("a pipe");
        writeln!(input, "{line}")
            .and_then(|()| input.flush())
            .expect("the shell listens");
    }

    /// Runs a block; what it has printed.
    pub(crate) fn run(&mut self, block: &Block, fails: bool) -> Result<String, String> {
        let (script, output) = (self.folder.path().join("block.sh"), self.folder.path().join("output"));
        // Below so many empty lines, its lines are numbered as in the guide.
        let text = format!("{}{}", "\n".repeat(block.place.line()), block.text);
        fs::write(&script, text).expect("writable");
        let (script, output) = (script.display(), output.display().to_string());
        if fails {
            self.tell(&format!(
                "if (trap - ERR; . {script}) >{output} 2>&1 </dev/null; then echo 0; else echo 1; fi"
            ));
        } else {
            self.tell(&format!(". {script} >{output} 2>&1 </dev/null; echo 0"));
        }
        let status = self.answer();
        let printed = fs::read_to_string(output).unwrap_or_default();
        match (status.as_deref(), fails) {
            (Some("0"), false) | (Some("1"), true) => Ok(printed),
            (_, true) => Err(format!("it succeeded, and should fail:\n{printed}")),
            (_, false) => Err(format!("it failed:\n{printed}")),
        }
    }

    /// The status of a block; nothing if the shell has ended.
    fn answer(&mut self) -> Option<String> {
        // A block that hangs is ended, and so the shell is.
        let guard = Command::new("sh")
            .args(["-c", &format!("sleep {LONGEST}; kill -KILL -- -{}", self.bash.id())])
            .process_group(0)
            .spawn()
            .expect("a shell");
        let mut line = String::new();
        let read = self.answers.read_line(&mut line);
        end(guard);
        match read {
            Ok(1..) => Some(line.trim().to_owned()),
            _ => None,
        }
    }

    /// Starts a block in a terminal of its own and waits until it serves a chain, which the shell then uses.
    pub(crate) fn open_terminal(&mut self, block: &Block) -> Result<String, String> {
        let path = self.folder.path().join(format!("terminal-{}", self.terminals.len()));
        let output = File::create(&path).expect("writable");
        let terminal = Command::new("bash")
            .args(["--noprofile", "--norc", "-ec", &block.text])
            .current_dir(crate::repository())
            .env("DEVNET_PORT", "0")
            // Built with these tests: the scripts need not compile them with other features of the dependencies.
            .env("HOST_PROGRAMS", programs())
            .process_group(0)
            .stdin(Stdio::null())
            .stderr(output.try_clone().expect("a file"))
            .stdout(output)
            .spawn()
            .expect("bash");
        self.terminals.push(terminal);
        let started = Instant::now();
        loop {
            let printed = fs::read_to_string(&path).unwrap_or_default();
            let url = printed
                .split_whitespace()
                .find(|word| word.starts_with("http://127.0.0.1:"));
            if let (Some(url), true) = (url, printed.contains("Ctrl-C")) {
                self.tell(&format!("export USDAI_RPC_URL={url} RPC_URL={url}"));
                // A guide names the port at which a chain listens that is not told another one.
                let told = url.rsplit(':').next().unwrap_or_default();
                return Ok(printed.replace(told, "8547"));
            }
            let terminal = self.terminals.last_mut().expect("the one that was opened");
            if terminal.try_wait().expect("a process").is_some() || started.elapsed() > PATIENCE {
                return Err(format!("it serves no chain:\n{printed}"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        // Without anything to read the shell ends.
        self.bash.stdin = None;
        for terminal in self.terminals.drain(..) {
            end(terminal);
        }
        let _ = Command::new("kill")
            .args(["-KILL", "--", &format!("-{}", self.bash.id())])
            .stderr(Stdio::null())
            .status();
        let _ = self.bash.wait();
    }
}

/// Ends a process with those that it has started.
fn end(mut process: Child) {
    let group = format!("-{}", process.id());
    let _ = Command::new("kill")
        .args(["-TERM", "--", &group])
        .stderr(Stdio::null())
        .status();
    let _ = process.wait();
}
