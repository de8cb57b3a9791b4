//! The deployer's key: from an encrypted keystore, from the environment, or, on the local chain alone, from the mnemonic that
//! everybody knows. Never from the command line, which other users of the machine can read.

use std::env;
use std::fs;
use std::io::{IsTerminal, stdin};
use std::path::{Path, PathBuf};

use alloy_signer_local::coins_bip39::English;
use alloy_signer_local::{MnemonicBuilder, PrivateKeySigner};
use anyhow::{Context, Result, bail, ensure};

use crate::config::LOCAL_CHAIN;

/// Where a private key may stand, in hexadecimal digits.
pub const KEY_VARIABLE: &str = "USDAI_PRIVATE_KEY";
/// Names a file with the keystore's password.
pub const PASSWORD_VARIABLE: &str = "USDAI_PASSWORD_FILE";
/// The mnemonic of the local chain's accounts.
const TEST_MNEMONIC: &str = "test test test test test test test test test test test junk";

/// Where the key is to be taken from.
#[derive(Clone, Debug, Default)]
pub struct KeySource {
    /// An encrypted keystore.
    pub keystore: Option<PathBuf>,
    /// The number of a key of the local chain's mnemonic.
    pub mnemonic_index: Option<u32>,
}

impl KeySource {
    /// The key for a chain. What is said on the command line comes first, then the environment, then, on the local chain,
    /// the first known account.
    ///
    /// # Errors
    ///
    /// When there is none, or it may not be used there.
    pub fn key(&self, chain_id: u64) -> Result<PrivateKeySigner> {
        if let Some(path) = &self.keystore {
            ensure!(
                self.mnemonic_index.is_none(),
                "give either --keystore or --mnemonic-index"
            );
            return from_keystore(path);
        }
        if let Some(index) = self.mnemonic_index {
            ensure!(
                chain_id == LOCAL_CHAIN,
                "everybody knows the keys of --mnemonic-index: they are for the local chain ({LOCAL_CHAIN}) only, not for \
                 chain {chain_id}"
            );
            return known_key(index);
        }
        match env::var(KEY_VARIABLE) {
            // The value is not repeated: it may be a key with a typing error.
            Ok(digits) => digits
                .trim()
                .parse()
                .ok()
                .with_context(|| format!("{KEY_VARIABLE} is not a private key")),
            Err(env::VarError::NotPresent) if chain_id == LOCAL_CHAIN => known_key(0),
            Err(env::VarError::NotPresent) => bail!("no key: give --keystore <file>, or set {KEY_VARIABLE}"),
            Err(_) => bail!("{KEY_VARIABLE} is not a private key"),
        }
    }
}

/// A key of the local chain's mnemonic.
fn known_key(index: u32) -> Result<PrivateKeySigner> {
    let builder = MnemonicBuilder::<English>::default()
        .phrase(TEST_MNEMONIC)
        .index(index)?;
    Ok(builder.build()?)
}

fn from_keystore(path: &Path) -> Result<PrivateKeySigner> {
    ensure!(path.is_file(), "there is no keystore {}", path.display());
    let password = match env::var_os(PASSWORD_VARIABLE) {
        Some(file) => {
            let file = PathBuf::from(file);
            let text = fs::read_to_string(&file)
                .with_context(|| format!("cannot read the password file {}", file.display()))?;
            text.trim_end_matches(['\r', '\n']).to_owned()
        }
        None if stdin().is_terminal() => rpassword::prompt_password(format!("Password of {}: ", path.display()))?,
        None => bail!(
            "the password of {} cannot be asked for here: name a file with it in {PASSWORD_VARIABLE}",
            path.display()
        ),
    };
    PrivateKeySigner::decrypt_keystore(path, password)
        .with_context(|| format!("cannot open the keystore {}: is the password right?", path.display()))
}
