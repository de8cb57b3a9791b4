//! The documentation points at what is there: every link leads to a file and a heading, and every test that a page
//! names exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Names in code that are long enough to be a test's and no word of the interfaces.
const SHORTEST_TEST_NAME: usize = 18;

fn repository() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the repository").to_path_buf()
}

/// All files below `folder` whose name ends with `ending`, but for what builds and package managers put there.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !["target", "node_modules"].contains(&name) && !name.starts_with('.') {
                found.extend(files(&path, ending));
            }
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A page without its fenced blocks, in which brackets and `#` mean something else.
fn prose(page: &str) -> String {
    let mut is_code = false;
    page.lines()
        .filter(|line| {
            let is_fence = line.trim_start().starts_with("```");
            is_code ^= is_fence;
            !is_code && !is_fence
        })
        .fold(String::new(), |prose, line| prose + line + "\n")
}

/// What stands between `opening` and `closing`, wherever that is.
fn between<'a>(text: &'a str, opening: &str, closing: char) -> Vec<&'a str> {
    text.split(opening)
        .skip(1)
        .filter_map(|rest| rest.split_once(closing).map(|(inner, _)| inner))
        .collect()
}

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(page: &str) -> BTreeSet<String> {
    prose(page)
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            line.trim_start_matches('#')
                .trim()
                .to_lowercase()
                .chars()
                .filter(|character| character.is_alphanumeric() || " -_".contains(*character))
                .map(|character| if character == ' ' { '-' } else { character })
                .collect()
        })
        .collect()
}

/// The pages of the product.
fn pages() -> Vec<PathBuf> {
    let pages = files(&repository(), ".md");
    assert!(pages.len() >= 8, "only {} pages were found", pages.len());
    pages
}

#[test]
fn every_link_leads_somewhere() {
    let mut checked = 0;
    let mut broken = Vec::new();
    for page in pages() {
        let text = read(&page);
        for link in between(&prose(&text), "](", ')') {
            if link.starts_with("https://") || link.starts_with("http://") {
                continue;
            }
            checked += 1;
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() {
                page.clone()
            } else {
                page.parent().expect("a folder").join(file)
            };
            let leads = target.exists() && (anchor.is_empty() || anchors(&read(&target)).contains(anchor));
            if !leads {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(checked >= 100, "only {checked} links were found");
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn every_test_that_is_named_exists() {
    let mut functions = BTreeSet::new();
    for folder in ["crates", "host", "tests"] {
        for file in files(&repository().join(folder), ".rs") {
            let source = read(&file);
            functions.extend(between(&source, "fn ", '(').into_iter().map(str::to_owned));
        }
    }
    let mut checked = 0;
    let mut missing = Vec::new();
    for page in pages() {
        for name in prose(&read(&page)).split('`').skip(1).step_by(2) {
            let is_name = name.len() >= SHORTEST_TEST_NAME
                && name.contains('_')
                && name
                    .chars()
                    .all(|character| character.is_ascii_lowercase() || "_0123456789".contains(character));
            if is_name {
                checked += 1;
                if !functions.contains(name) {
                    missing.push(format!("{}: {name}", page.display()));
                }
            }
        }
    }
    assert!(checked >= 100, "only {checked} names were found");
    assert!(missing.is_empty(), "{missing:#?}");
}
