//! A page's blocks of commands, and what it shows of their output.

use std::fmt;
use std::fs;
use std::path::Path;

/// What is done with a block of commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It is run and must succeed.
    Command,
    /// It is run and must fail.
    Failure,
    /// It is started and keeps running.
    Terminal,
    /// It is not run here.
    Elsewhere,
}

/// The page and line of a block's fence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    page: String,
    line: usize,
}

impl Place {
    /// The line of the fence, counted from 1.
    pub(crate) fn line(&self) -> usize {
        self.line
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.page, self.line)
    }
}

/// A block of commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// Where it stands.
    pub(crate) place: Place,
    /// What is done with it.
    pub(crate) kind: Kind,
    /// Its commands.
    pub(crate) text: String,
    /// What the page shows of its output.
    pub(crate) shown: Option<String>,
    /// The heading above it.
    heading: String,
}

/// A page.
#[derive(Debug)]
pub(crate) struct Page {
    /// Its blocks of commands, in order.
    pub(crate) blocks: Vec<Block>,
}

impl Page {
    pub(crate) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let name = path.file_name().expect("a name").to_string_lossy();
        Self::parse(&name, &text)
    }

    /// Reads the blocks of a page. Fences may be indented, in lists.
    pub(crate) fn parse(name: &str, text: &str) -> Self {
        let mut blocks: Vec<Block> = Vec::new();
        let mut heading = String::new();
        let mut lines = text.lines().enumerate();
        while let Some((index, line)) = lines.next() {
            let Some(info) = line.trim_start().strip_prefix("```") else {
                if line.starts_with('#') {
                    line.trim_start_matches('#').trim().clone_into(&mut heading);
                }
                continue;
            };
            let indent = line.len() - line.trim_start().len();
            let place = Place {
                page: name.to_owned(),
                line: index + 1,
            };
            let mut content = String::new();
            loop {
                let (_, line) = lines
                    .next()
                    .unwrap_or_else(|| panic!("{place}: the block does not end"));
                if line.trim() == "```" {
                    break;
                }
                content.push_str(line.get(indent..).unwrap_or_default());
                content.push('\n');
            }
            let kind = match info.trim() {
                "sh" => Kind::Command,
                "sh fails" => Kind::Failure,
                "sh terminal" => Kind::Terminal,
                "sh no-run" => Kind::Elsewhere,
                "text" => {
                    // A diagram stands behind no command, and other output behind none that is not shown yet.
                    if let Some(block) = blocks
                        .last_mut()
                        .filter(|block| block.shown.is_none() && block.heading == heading)
                    {
                        block.shown = Some(content);
                    }
                    continue;
                }
                other => {
                    assert!(!other.starts_with("sh"), "{place}: there are no blocks {other:?}");
                    continue;
                }
            };
            blocks.push(Block {
                place,
                kind,
                text: content,
                shown: None,
                heading: heading.clone(),
            });
        }
        Self { blocks }
    }

    /// The blocks below a heading.
    pub(crate) fn section(self, heading: &str) -> Vec<Block> {
        let found: Vec<_> = self
            .blocks
            .into_iter()
            .filter(|block| block.heading == heading)
            .collect();
        assert!(!found.is_empty(), "nothing is to be run below {heading:?}");
        found
    }
}
