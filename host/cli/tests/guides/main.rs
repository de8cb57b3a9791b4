//! Every guide is followed word by word: its commands are run in order on a chain of its own, with the scripts that it
//! names, and what they print is held against what the guide shows.
//!
//! A fenced block that begins with
//!
//! - ` ```sh ` is run and must succeed, every command of it;
//! - ` ```sh terminal ` is started and keeps running, as in a terminal of its own, until the guide ends;
//! - ` ```sh fails ` must fail: it shows a refusal;
//! - ` ```sh no-run ` is for real networks and is not run;
//! - ` ```text ` behind one of them shows what it prints; [`shown`] says how it is compared.
//!
//! A guide that starts no chain itself begins where the section "Use it" of the README ends.
//!
//! `cargo test … --test guides depositors -- --nocapture` follows one guide and shows all that its commands print.
//! The chain and the deployment tool must have been built, as a test of the whole workspace does (`--all-targets`).

mod page;
mod shell;
mod shown;

use std::fs;
use std::path::PathBuf;

use page::{Block, Kind, Page};
use shell::Shell;
use shown::Names;

/// The guides, each a test below.
const GUIDES: [&str; 5] = ["deployment", "depositors", "integrators", "managers", "operators"];

fn repository() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    here.canonicalize().expect("the repository")
}

/// Follows a guide of `docs/`.
#[track_caller]
fn follow(name: &str) {
    let root = repository();
    let page = Page::read(&root.join(format!("docs/{name}.md")));
    let mut blocks = Vec::new();
    if !page.blocks.iter().any(|block| block.kind == Kind::Terminal) {
        blocks.extend(Page::read(&root.join("README.md")).section("Use it"));
    }
    blocks.extend(page.blocks);
    assert!(
        blocks.iter().any(|block| block.kind == Kind::Terminal),
        "nothing starts a chain"
    );
    if let Err(told) = walk(&blocks) {
        panic!("{told}");
    }
}

/// Runs blocks in order; says which one did not do what it should.
fn walk(blocks: &[Block]) -> Result<(), String> {
    let mut shell = Shell::start(&repository());
    let mut names = Names::default();
    for block in blocks {
        let ran = match block.kind {
            Kind::Command => shell.run(block, false),
            Kind::Failure => shell.run(block, true),
            Kind::Terminal => shell.open_terminal(block),
            Kind::Elsewhere => continue,
        };
        let printed = ran.map_err(|told| format!("{}: {told}", block.place))?;
        println!("--- {}\n{}\n{printed}", block.place, block.text);
        if let Some(text) = &block.shown {
            shown::compare(text, &printed, &mut names)
                .map_err(|told| format!("{}: {told}\nit printed:\n{printed}", block.place))?;
        }
    }
    Ok(())
}

#[test]
fn deployment() {
    follow("deployment");
}

#[test]
fn depositors() {
    follow("depositors");
}

#[test]
fn integrators() {
    follow("integrators");
}

#[test]
fn managers() {
    follow("managers");
}

#[test]
fn operators() {
    follow("operators");
}

#[test]
fn every_guide_is_followed() {
    let folder = repository().join("docs");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("docs") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|ending| ending == "md") && !Page::read(&path).blocks.is_empty() {
            found.push(path.file_stem().expect("a name").to_string_lossy().into_owned());
        }
    }
    found.sort_unstable();
    assert_eq!(found, GUIDES);
}

/// What the tests rest on: a guide that is wrong is not followed to its end.
mod wrong {
    use super::*;

    fn told(page: &str) -> String {
        walk(&Page::parse("guide.md", page).blocks).expect_err("it is wrong")
    }

    #[test]
    fn a_guide_that_is_right_is_followed() {
        let page = "```sh\nanswer=42\ncd \"$(mktemp -d)\"\n```\n\n```sh\necho \"the answer is $answer\"\n```\n\
                    ```text\nthe answer is 42\n```\n```sh fails\necho no; false\n```\n```text\nno\n```\n\
                    ```sh no-run\nfalse\n```\n";
        walk(&Page::parse("guide.md", page).blocks).expect("it is right");
    }

    #[test]
    fn a_command_that_fails_is_named_by_its_line() {
        let told = told("# Guide\n\n```sh\necho first\nls /nowhere\necho last\n```\n");
        assert!(told.starts_with("guide.md:3: "), "{told}");
        assert!(told.contains("line 5: ls /nowhere") && told.contains("first"), "{told}");
        assert!(!told.contains("last"), "{told}");
    }

    #[test]
    fn a_command_that_should_fail_must() {
        let told = told("```sh fails\ntrue\n```\n");
        assert!(told.contains("succeeded"), "{told}");
    }

    #[test]
    fn output_that_is_another_is_shown() {
        let told = told("```sh\necho 'claimed 99.0000 USDai'\n```\n\n```text\nclaimed 100.0000 USDai\n```\n");
        assert!(
            told.contains("claimed 100.0000 USDai") && told.contains("claimed 99.0000 USDai"),
            "{told}"
        );
    }
}
