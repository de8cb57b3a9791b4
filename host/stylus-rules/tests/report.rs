//! The limits of this project's contracts, and the tool that reports them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use stylus_rules::report::{Entry, ReportError, examine, merge};

/// A contract with `pages` of memory and static data that does not compress.
fn contract(pages: u16, noise: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let data = (0..noise)
        .map(|_| {
            // A linear congruential generator (Knuth's MMIX), of which the upper bits are random enough.
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            format!("\\{:02x}", state >> 56)
        })
        .collect::<Vec<_>>()
        .concat();
    wat::parse_str(format!(
        r#"(module (memory (export "memory") {pages} {pages}) (data (i32.const 0) "{data}")
            (func (export "user_entrypoint") (param i32) (result i32) i32.const 0))"#
    ))
    .unwrap()
}

fn figures(pages: u16, noise: usize) -> Result<Entry, ReportError> {
    examine("thing", contract(pages, noise).into())
}

#[test]
fn figures_of_a_contract() {
    let entry = figures(2, 1_000).unwrap();
    // 64 bytes without data; the data section takes 3 + 1, its entry 5 + 2 and the bytes: the length takes two.
    let wasm = contract(2, 1_000);
    assert_eq!(entry.raw_bytes, wasm.len());
    assert_eq!((entry.functions, entry.pages), (1, 2));
    // Flag, i32.const 0, end, a length in two bytes.
    assert_eq!(entry.data_bytes, 1_000 + 6);
    assert_eq!(
        entry.deployed_bytes,
        stylus_rules::container::encode(&wasm).unwrap().len()
    );
    assert_eq!(usize::from(entry.init), 8 + 2 + wasm.len() * 1_286 / 10_000);
    // Globals 6, data 1,006 * 0.75244 -> 756, two pages 10, and a byte in 820.
    assert_eq!(
        usize::from(entry.cached_init),
        6 + 756 + 10 + wasm.len() * 122 / 100_000
    );
}

#[test]
fn limits_name_contract_figure_and_limit() {
    let error = |pages, noise| figures(pages, noise).unwrap_err().to_string();
    assert_eq!(error(3, 0), "thing: pages is 3, the limit is 2");
    let deployed = error(1, 24_600);
    assert!(deployed.starts_with("thing: deployed_bytes is 24"), "{deployed}");
    assert!(deployed.ends_with(", the limit is 24576"), "{deployed}");
    let raw = error(2, 131_072);
    assert!(
        raw.starts_with("thing: raw_bytes is 131") && raw.ends_with(", the limit is 131072"),
        "{raw}"
    );
    let float = wat::parse_str("(module (func f32.const 1 drop))").unwrap();
    assert_eq!(
        examine("thing", float.into()).unwrap_err().to_string(),
        "thing: the chain refuses it: function 0: instruction F32Const (floating point) is not supported"
    );
}

#[test]
fn the_limit_of_deployed_bytes_is_exact() {
    // Noise does not compress: a byte more of it is a byte more to deploy.
    let at = 24_400 + 24_576 - figures(1, 24_400).unwrap().deployed_bytes;
    assert_eq!(figures(1, at).unwrap().deployed_bytes, 24_576);
    let over = figures(1, at + 1).unwrap_err().to_string();
    assert_eq!(over, "thing: deployed_bytes is 24577, the limit is 24576");
}

#[test]
fn merging_keeps_the_others() {
    let entry = |name: &str, raw_bytes| Entry {
        contract: name.to_owned(),
        raw_bytes,
        deployed_bytes: 0,
        functions: 0,
        data_bytes: 0,
        pages: 0,
        cached_init: 0,
        init: 0,
    };
    let mut report = vec![entry("b", 1), entry("c", 1)];
    merge(&mut report, vec![entry("c", 2), entry("a", 2)]);
    assert_eq!(report, [entry("a", 2), entry("b", 1), entry("c", 2)]);
}

/// A directory that is removed when the test ends.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let directory = std::env::temp_dir().join(format!("wasm-report-{name}-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        Self(directory)
    }

    fn file(&self, name: &str, contents: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, contents).unwrap();
        path
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn tool(out: &Path, jobs: &[String]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wasm-report"))
        .arg("--out")
        .arg(out)
        .args(jobs)
        .output()
        .unwrap()
}

fn job(name: &str, wasm: &Path, copy: Option<&Path>) -> String {
    let copy = copy.map(|copy| format!("={}", copy.display())).unwrap_or_default();
    format!("{name}={}{copy}", wasm.display())
}

#[test]
fn the_tool_writes_report_and_copies() {
    let directory = Directory::new("writes");
    let (small, large) = (
        directory.file("a.raw", &contract(1, 0)),
        directory.file("b.raw", &contract(1, 100)),
    );
    let (out, copy) = (directory.0.join("wasm/report.json"), directory.0.join("wasm/b.wasm"));
    assert!(tool(&out, &[job("beta", &large, Some(&copy))]).status.success());
    assert_eq!(fs::read(&copy).unwrap(), contract(1, 100));
    // Another contract later: the first stays.
    assert!(tool(&out, &[job("alpha", &small, None)]).status.success());
    let report: serde_json::Value = serde_json::from_slice(&fs::read(&out).unwrap()).unwrap();
    let entries = report.as_array().unwrap();
    let names: Vec<_> = entries
        .iter()
        .map(|entry| entry["contract"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["alpha", "beta"]);
    for entry in entries {
        let mut keys: Vec<_> = entry.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(
            keys,
            [
                "cached_init",
                "contract",
                "data_bytes",
                "deployed_bytes",
                "functions",
                "init",
                "pages",
                "raw_bytes"
            ]
        );
    }
}

#[test]
fn the_tool_fails_without_writing_anything() {
    let directory = Directory::new("fails");
    let good = directory.file("good.raw", &contract(1, 0));
    let bad = directory.file("bad.raw", &contract(3, 0));
    let (out, copy) = (directory.0.join("report.json"), directory.0.join("good.wasm"));
    let missing = directory.0.join("missing.raw");
    let output = tool(
        &out,
        &[
            job("good", &good, Some(&copy)),
            job("bad", &bad, None),
            job("gone", &missing, None),
        ],
    );
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("error: bad: pages is 3, the limit is 2"), "{errors}");
    assert!(errors.contains("error: gone: "), "{errors}");
    assert!(!out.exists() && !copy.exists());
    // A report that is none is not overwritten.
    let out = directory.file("other.json", b"{}");
    assert_eq!(tool(&out, &[job("good", &good, None)]).status.code(), Some(1));
    assert_eq!(fs::read(&out).unwrap(), b"{}");
    for arguments in [&[][..], &["nothing".to_owned()], &["=x".to_owned()], &["x=".to_owned()]] {
        assert_eq!(tool(&out, arguments).status.code(), Some(1), "{arguments:?}");
    }
}
