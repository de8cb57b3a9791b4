//! Where an account's key comes from: an encrypted keystore, the environment, or the test mnemonic of the local chain.
//! Never the command line, which everybody on the machine can read.

use std::io::IsTerminal;
use std::path::Path;

use alloy_primitives::Address;
use alloy_signer_local::coins_bip39::English;
use alloy_signer_local::{MnemonicBuilder, PrivateKeySigner};
use anyhow::{Context, Result, bail, ensure};

use crate::network::LOCAL_CHAIN_ID;
use crate::options::Global;

/// The mnemonic whose accounts the local chain funds. Everybody knows it.
const TEST_MNEMONIC: &str = "test test test test test test test test test test test junk";

/// The environment variable that holds a key.
pub const KEY_VARIABLE: &str = "USDAI_PRIVATE_KEY";
/// The environment variable that names a file with the keystore's password.
pub const PASSWORD_FILE_VARIABLE: &str = "USDAI_PASSWORD_FILE";

/// The key of an account of the test mnemonic.
///
/// # Errors
///
/// For an index that has none.
pub fn test_key(index: u32) -> Result<PrivateKeySigner> {
    let key = MnemonicBuilder::<English>::default()
        .phrase(TEST_MNEMONIC)
        .index(index)?;
    Ok(key.build()?)
}

/// The account's key, from where the options or the environment say.
///
/// # Errors
///
/// When none of them names one, or what they name is none; and for the test mnemonic on any but the local chain.
pub fn load(options: &Global, chain_id: u64) -> Result<PrivateKeySigner> {
    if let Some(path) = &options.keystore {
        return unlock(path);
    }
    if let Some(index) = options.mnemonic_index {
        ensure!(
            chain_id == LOCAL_CHAIN_ID,
            "--mnemonic-index is for the local chain only: everybody knows these keys, so nothing may be sent from \
             them on the chain {chain_id}"
        );
        return test_key(index);
    }
    match std::env::var(KEY_VARIABLE) {
        // The error would repeat the key.
        Ok(key) => match key.trim().parse() {
            Ok(signer) => Ok(signer),
            Err(_) => bail!("{KEY_VARIABLE} does not hold a private key: 64 hexadecimal digits"),
        },
        Err(_) => bail!(
            "no key to sign with: give --keystore FILE, or {KEY_VARIABLE} in the environment, or on the local chain \
             --mnemonic-index N (to look only, --account ADDRESS)"
        ),
    }
}

/// The account's address, without asking for a password if that can be avoided.
///
/// # Errors
///
/// As [`load`].
pub fn address(options: &Global, chain_id: u64) -> Result<Address> {
    if let Some(account) = options.account {
        return Ok(account);
    }
    if let Some(path) = &options.keystore
        && let Some(address) = written_address(path)
    {
        return Ok(address);
    }
    Ok(load(options, chain_id)?.address())
}

/// The address that a keystore states, if it does.
fn written_address(path: &Path) -> Option<Address> {
    let text = std::fs::read_to_string(path).ok()?;
    let keystore: serde_json::Value = serde_json::from_str(&text).ok()?;
    keystore.get("address")?.as_str()?.parse().ok()
}

fn unlock(path: &Path) -> Result<PrivateKeySigner> {
    ensure!(path.exists(), "there is no keystore {}", path.display());
    let password = match std::env::var_os(PASSWORD_FILE_VARIABLE) {
        Some(file) => std::fs::read_to_string(&file)
            .with_context(|| format!("cannot read the password from {}", Path::new(&file).display()))?
            .trim_end_matches(['\r', '\n'])
            .to_owned(),
        None if std::io::stdin().is_terminal() => {
            rpassword::prompt_password(format!("Password of {}: ", path.display())).context("no password was given")?
        }
        None => bail!(
            "nobody can be asked for the password of {}: name a file that holds it in {PASSWORD_FILE_VARIABLE}",
            path.display()
        ),
    };
    PrivateKeySigner::decrypt_keystore(path, password).with_context(|| {
        format!(
            "cannot open the keystore {}: wrong password, or no keystore",
            path.display()
        )
    })
}
