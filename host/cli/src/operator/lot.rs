//! Files that describe a lot of hardware, and the documents about it.
//!
//! ```toml
//! owner = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"    # who gets the title
//! model = "NVIDIA H200"
//! bailee = "0x90F79bf6EB2c4f870365E785982E1f101E93b906"   # who holds the goods
//! agreement = "agreement.pdf"        # the bailment agreement: a file, which is hashed, or its hash
//! uri = "https://example.org/lot-1"  # optional: where the title is described
//! serials = ["1654823000001", "1654823000002"]   # hashed; only the hashes go to the chain
//! serials-file = "serials.txt"       # the same, one a line
//! serial-hashes = ["0x…"]            # or the hashes themselves
//! ```
//!
//! JSON with the same names does as well. Names of files are relative to the lot's file. A serial number is hashed as
//! `keccak256` of its text without spaces around it, a document as `keccak256` of its bytes.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use alloy_primitives::{Address, B256, keccak256};
use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

/// A lot as people write it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Written {
    owner: Address,
    model: String,
    bailee: Address,
    agreement: String,
    #[serde(default)]
    uri: String,
    #[serde(default)]
    serials: Vec<String>,
    #[serde(default)]
    serials_file: Option<PathBuf>,
    #[serde(default)]
    serial_hashes: Vec<B256>,
}

/// A lot of hardware.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lot {
    /// Who gets the title.
    pub owner: Address,
    /// The units' model.
    pub model: String,
    /// Who holds the goods.
    pub bailee: Address,
    /// Hash of the bailment agreement.
    pub agreement: B256,
    /// Where the title is described; may be empty.
    pub uri: String,
    /// The units: what each is called in the file, and the hash of its serial number.
    pub units: Vec<(String, B256)>,
}

impl Lot {
    /// Reads a lot from TOML, or from JSON if the file's name ends so.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, the lot is none, or a unit stands in it twice.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read the lot {}", path.display()))?;
        let no_lot = || format!("{} describes no lot", path.display());
        let is_json = path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
        let written: Written = if is_json {
            serde_json::from_str(&text).with_context(no_lot)?
        } else {
            toml::from_str(&text).with_context(no_lot)?
        };
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut serials = written.serials;
        if let Some(file) = &written.serials_file {
            let file = folder.join(file);
            let lines =
                fs::read_to_string(&file).with_context(|| format!("cannot read serials from {}", file.display()))?;
            serials.extend(lines.lines().map(str::to_owned));
        }
        let hashed = serials
            .iter()
            .map(|serial| serial.trim())
            .filter(|serial| !serial.is_empty());
        let hashed = hashed.map(|serial| (serial.to_owned(), keccak256(serial)));
        let given = written.serial_hashes.iter().map(|hash| (hash.to_string(), *hash));
        let units: Vec<_> = hashed.chain(given).collect();
        ensure!(!units.is_empty(), "{} names no units", path.display());
        let mut seen = HashMap::new();
        for (name, hash) in &units {
            ensure!(!hash.is_zero(), "a serial hash of zero is none");
            if let Some(before) = seen.insert(*hash, name) {
                anyhow::bail!(
                    "the unit {name} stands in {} twice{}",
                    path.display(),
                    other_name(before, name)
                );
            }
        }
        Ok(Self {
            owner: written.owner,
            model: written.model,
            bailee: written.bailee,
            agreement: document_hash(folder, &written.agreement).context("agreement of the lot")?,
            uri: written.uri,
            units,
        })
    }
}

fn other_name(before: &str, name: &str) -> String {
    if before == name {
        String::new()
    } else {
        format!(", also as {before}")
    }
}

/// The hash of a document: as written, or of the bytes of the file that is named.
///
/// # Errors
///
/// When it is no hash and no file that can be read.
pub fn document_hash(folder: &Path, text: &str) -> Result<B256> {
    if let Ok(hash) = text.parse::<B256>() {
        return Ok(hash);
    }
    let path = folder.join(text);
    let bytes = fs::read(&path).with_context(|| {
        format!(
            "{} is neither a hash (0x and 64 digits) nor a file that can be read",
            path.display()
        )
    })?;
    Ok(keccak256(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "owner = \"0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC\"\nmodel = \"NVIDIA H200\"\n\
         bailee = \"0x90F79bf6EB2c4f870365E785982E1f101E93b906\"\nagreement = \"agreement.txt\"\n";

    fn read(text: &str) -> Result<Lot> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("agreement.txt"), "agreed").unwrap();
        fs::write(folder.path().join("serials.txt"), "3\n\n 4 \n").unwrap();
        let path = folder.path().join("lot.toml");
        fs::write(&path, format!("{HEAD}{text}")).unwrap();
        Lot::read(&path)
    }

    #[test]
    fn units_come_from_lists_files_and_hashes() {
        let hash = B256::repeat_byte(9);
        let text = format!("serials = [\"1\", \" 2\"]\nserials-file = \"serials.txt\"\nserial-hashes = [\"{hash}\"]");
        let lot = read(&text).unwrap();
        let hashes: Vec<_> = lot.units.iter().map(|(_, hash)| *hash).collect();
        assert_eq!(
            hashes,
            [keccak256("1"), keccak256("2"), keccak256("3"), keccak256("4"), hash]
        );
        assert_eq!(lot.agreement, keccak256("agreed"));
        assert_eq!(lot.uri, "");
    }

    #[test]
    fn a_lot_that_is_none_is_refused() {
        for (text, told) in [
            ("", "names no units"),
            ("serials = [\"1\", \"1 \"]", "the unit 1 stands in"),
            ("serials = [\"1\"]\nserial = \"2\"", "unknown field `serial`"),
            ("serials-file = \"none.txt\"", "cannot read serials from"),
            (
                "serial-hashes = [\"0x0000000000000000000000000000000000000000000000000000000000000000\"]",
                "zero is none",
            ),
        ] {
            let refusal = format!("{:#}", read(text).unwrap_err());
            assert!(refusal.contains(told), "{refusal}");
        }
        let twice = format!("serials = [\"1\"]\nserial-hashes = [\"{}\"]", keccak256("1"));
        assert!(read(&twice).unwrap_err().to_string().ends_with("twice, also as 1"));
    }
}
