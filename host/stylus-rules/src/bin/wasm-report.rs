//! Checks contracts against the limits of the chain and of this project, and reports their figures.
//!
//! ```text
//! wasm-report --out <report.json> <name>=<wasm>[=<copy>] ...
//! ```
//!
//! Each `<wasm>` is the optimised WebAssembly of the contract `<name>`. When all of them pass, each is written to its
//! `<copy>` and the report is brought up to date; entries of other contracts stay as they are. When one fails, nothing
//! is written, every failure is printed and the exit code is 1.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use stylus_rules::report::{self, Entry};

const USAGE: &str = "usage: wasm-report --out <report.json> <name>=<wasm>[=<copy>] ...";

struct Job {
    contract: String,
    wasm: PathBuf,
    copy: Option<PathBuf>,
}

fn main() -> ExitCode {
    match parse(std::env::args().skip(1)).and_then(|(out, jobs)| run(&out, &jobs)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(errors) => {
            for error in errors {
                eprintln!("error: {error}");
            }
            ExitCode::FAILURE
        }
    }
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<(PathBuf, Vec<Job>), Vec<String>> {
    let mut out = None;
    let mut jobs = Vec::new();
    while let Some(argument) = arguments.next() {
        if argument == "--out" {
            out = arguments.next().map(PathBuf::from);
            continue;
        }
        let mut parts = argument.splitn(3, '=');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(contract), Some(wasm), copy) if !contract.is_empty() && !wasm.is_empty() => jobs.push(Job {
                contract: contract.to_owned(),
                wasm: wasm.into(),
                copy: copy.map(PathBuf::from),
            }),
            _ => return Err(vec![format!("cannot read {argument:?}"), USAGE.to_owned()]),
        }
    }
    match out {
        Some(out) if !jobs.is_empty() => Ok((out, jobs)),
        _ => Err(vec![USAGE.to_owned()]),
    }
}

fn run(out: &Path, jobs: &[Job]) -> Result<(), Vec<String>> {
    let mut entries = Vec::new();
    let mut copies = Vec::new();
    let mut errors = Vec::new();
    for job in jobs {
        match examine(job) {
            Ok((entry, wasm)) => {
                entries.push(entry);
                copies.extend(job.copy.as_deref().map(|copy| (copy, wasm)));
            }
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    print(&entries);
    write(out, entries, &copies).map_err(|error| vec![error])
}

fn examine(job: &Job) -> Result<(Entry, Vec<u8>), String> {
    let wasm = fs::read(&job.wasm).map_err(|error| format!("{}: {}: {error}", job.contract, job.wasm.display()))?;
    let entry = report::examine(&job.contract, wasm.clone().into()).map_err(|error| error.to_string())?;
    Ok((entry, wasm))
}

fn print(entries: &[Entry]) {
    println!(
        "{:<24} {:>9} {:>9} {:>9} {:>9} {:>5} {:>11} {:>6}",
        "contract", "raw", "deployed", "functions", "data", "pages", "cached_init", "init"
    );
    for e in entries {
        println!(
            "{:<24} {:>9} {:>9} {:>9} {:>9} {:>5} {:>11} {:>6}",
            e.contract, e.raw_bytes, e.deployed_bytes, e.functions, e.data_bytes, e.pages, e.cached_init, e.init
        );
    }
}

fn write(out: &Path, entries: Vec<Entry>, copies: &[(&Path, Vec<u8>)]) -> Result<(), String> {
    let mut report: Vec<Entry> = match fs::read(out) {
        Ok(text) => serde_json::from_slice(&text)
            .map_err(|error| format!("{} is not a report, remove it: {error}", out.display()))?,
        Err(_) => Vec::new(),
    };
    report::merge(&mut report, entries);
    let text = serde_json::to_string_pretty(&report).map_err(|error| error.to_string())?;
    for (copy, wasm) in copies {
        replace(copy, wasm)?;
    }
    replace(out, format!("{text}\n").as_bytes())
}

/// Writes a file beside its place and moves it there, so that nobody reads half of it.
fn replace(path: &Path, contents: &[u8]) -> Result<(), String> {
    let context = |error: std::io::Error| format!("{}: {error}", path.display());
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(context)?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    fs::write(&beside, contents).map_err(context)?;
    fs::rename(&beside, path).map_err(context)
}
