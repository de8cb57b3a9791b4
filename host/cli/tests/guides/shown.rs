//! Whether a command has printed what a guide shows.
//!
//! Every line is compared, in order, with these differences allowed:
//!
//! - `…` stands for anything within a line, and alone on a line for any number of lines;
//! - a date with a time (`2026-03-01 12:00 UTC`) stands for any other;
//! - an address or a hash stands for any other, but always for the same one within a guide; a word that begins with zeros is a
//!   number, and stands for itself;
//! - an amount that is not whole stands for any that differs by a thousandth, or by a cent: interest runs by the second;
//! - so much space is as good as any.

use std::collections::HashMap;

use regex::Regex;

/// What the addresses and hashes of a guide stand for.
#[derive(Debug, Default)]
pub(crate) struct Names {
    real: HashMap<String, String>,
}

/// What is recognised in a line that is shown.
const PIECES: &str = r"(?<any>…)|(?<date>\d{4}-\d\d-\d\d \d\d:\d\d UTC)|(?<amount>\b\d[\d,]*\.\d{4,8}\b)|(?<hex>0x(?:[0-9a-fA-F]{64}|[0-9a-fA-F]{40})\b)";

/// A part of a line that may differ from what is shown.
enum Group {
    /// An address or hash by the name that it has in the guide.
    Name(String),
    /// An amount.
    Amount(f64),
}

/// A date with a time.
const DATE: &str = r"\d{4}-\d\d-\d\d \d\d:\d\d UTC";

/// How words begin that are numbers.
const NUMBER: &str = "0x00000000";

impl Names {
    /// A pattern for a line, and what is to be made of each of its groups.
    fn pattern(&self, line: &str) -> (Regex, Vec<Group>) {
        let recognised = Regex::new(PIECES).expect("a pattern");
        let mut pieces = vec![String::from("^")];
        let mut groups = Vec::new();
        let mut end = 0;
        for found in recognised.captures_iter(line) {
            let piece = found.get(0).expect("the whole");
            pieces.push(regex::escape(&line[end..piece.start()]));
            end = piece.end();
            let text = piece.as_str();
            pieces.push(if found.name("any").is_some() {
                ".*?".to_owned()
            } else if found.name("date").is_some() {
                DATE.to_owned()
            } else if found.name("amount").is_some() {
                match amount(text) {
                    Some(shown) if shown.fract() > 0.0 => {
                        groups.push(Group::Amount(shown));
                        r"(\d[\d,]*(?:\.\d+)?)".to_owned()
                    }
                    _ => regex::escape(text),
                }
            } else if text.starts_with(NUMBER) {
                text.to_owned()
            } else if let Some(real) = self.real.get(text) {
                regex::escape(real)
            } else {
                groups.push(Group::Name(text.to_owned()));
                format!("(0x[0-9a-fA-F]{{{}}})", text.len() - 2)
            });
        }
        pieces.push(regex::escape(&line[end..]));
        pieces.push("$".to_owned());
        let pattern = pieces.concat();
        (Regex::new(&pattern).expect("a pattern"), groups)
    }

    /// Whether a line is what is shown of it; from then on its names are known.
    fn fits(&mut self, shown: &str, line: &str) -> bool {
        let (pattern, groups) = self.pattern(&spaced(shown));
        let spaced = spaced(line);
        let Some(found) = pattern.captures(&spaced) else {
            return false;
        };
        let mut meant = self.real.clone();
        for (group, printed) in groups.iter().zip(found.iter().skip(1).flatten()) {
            let fits = match group {
                Group::Name(name) => {
                    let known = meant.entry(name.clone()).or_insert_with(|| printed.as_str().to_owned());
                    known == printed.as_str()
                }
                Group::Amount(shown) => {
                    let off = amount(printed.as_str()).map(|printed| (printed - shown).abs());
                    off.is_some_and(|off| off <= (shown / 1_000.0).max(0.01))
                }
            };
            if !fits {
                return false;
            }
        }
        self.real = meant;
        true
    }
}

/// An amount as it is printed.
fn amount(text: &str) -> Option<f64> {
    text.replace(',', "").parse().ok()
}

/// A line with one space wherever there is space, and none at its ends.
fn spaced(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Compares what is shown with what was printed.
pub(crate) fn compare(shown: &str, printed: &str, names: &mut Names) -> Result<(), String> {
    let mut printed = printed.lines().map(str::trim_end).filter(|line| !line.is_empty());
    let mut skips = false;
    for line in shown.lines().filter(|line| !line.trim().is_empty()) {
        if line.trim() == "…" {
            skips = true;
            continue;
        }
        if skips {
            skips = false;
            if !printed.any(|printed| names.fits(line, printed)) {
                return Err(format!("the line that it shows was not printed:\n{line}"));
            }
            continue;
        }
        match printed.next() {
            Some(printed) if names.fits(line, printed) => {}
            Some(printed) => return Err(format!("it shows\n{line}\nand was printed\n{printed}")),
            None => return Err(format!("it shows a line more than was printed:\n{line}")),
        }
    }
    match printed.next() {
        Some(more) if !skips => Err(format!("it does not show the line\n{more}")),
        _ => Ok(()),
    }
}

#[test]
fn what_may_differ_may_and_nothing_else() {
    let address = |digit: &str| format!("0x{}", digit.repeat(40));
    let (one, two, three) = (address("1"), address("2"), address("3"));
    let mut names = Names::default();
    let mut fits = |shown: &str, printed: &str| compare(shown, printed, &mut names).is_ok();
    assert!(fits("a  1.00\n\nb", " a 1.00 \nb"));
    assert!(!fits("a 1.00", "a 1.01"));
    assert!(!fits("a", "a\nb"), "a line that is not shown");
    assert!(!fits("a\nb", "a"), "a line that is not printed");
    assert!(fits("a\n…", "a\nb\nc") && fits("…\nc", "a\nb\nc") && fits("…", ""));
    assert!(!fits("…\nb", "a\nc") && !fits("…\nb", "b\nc"));
    assert!(fits("gas … of 5", "gas 12,345 of 5") && !fits("gas … of 5", "gas 12,345 of 6"));
    assert!(fits(
        "until 2026-03-01 12:00 UTC (in 3 days)",
        "until 2031-12-24 00:01 UTC (in 3 days)"
    ));
    assert!(!fits("until 2026-03-01 12:00 UTC", "until 2031-12-24"));
    assert!(
        fits(&format!("to {one}"), &format!("to {two}")),
        "an address by another"
    );
    assert!(
        !fits(&format!("from {one}"), &format!("from {three}")),
        "but always by the same"
    );
    assert!(fits(&format!("from {one}"), &format!("from {two}")));
    assert!(
        !fits(&format!("{three} {three}"), &format!("{one} {two}")),
        "within a line as well"
    );
    assert!(!fits(&one, "0x1234"));
    assert!(
        fits("1,949.2386 USDai", "1,950.5000 USDai") && fits("9,999.9757", "10,000.0000") && fits("0.0005", "0.0100")
    );
    assert!(!fits("1,949.2386 USDai", "1,952.0000 USDai") && !fits("91.3705", "91.5000"));
    assert!(!fits("10,000.0000", "9,999.9757"), "a whole amount is exact");
    let number = |digit: &str| format!("0x{}{digit}", "0".repeat(63));
    assert!(
        fits(&number("5"), &number("5")) && !fits(&number("5"), &number("6")),
        "a number"
    );
}
