//! What is deployed, read from where the build scripts leave it: programs from `target/wasm`, Solidity contracts from
//! `target/fixtures`.

use std::fs;
use std::path::{Path, PathBuf};

use alloy_primitives::Bytes;
use alloy_sol_types::SolValue;
use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

/// Built contracts, by name. Nothing is kept in memory.
#[derive(Clone, Debug)]
pub struct Artifacts {
    root: PathBuf,
}

impl Default for Artifacts {
    /// The repository that this crate stands in.
    fn default() -> Self {
        Self::of_repository(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
    }
}

/// `target/fixtures/<Name>.json`; what else stands in it is not needed.
#[derive(Deserialize)]
struct Fixture {
    bytecode: Bytes,
}

impl Artifacts {
    /// The artifacts of the repository at `root`.
    pub fn of_repository(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The program `target/wasm/<contract>.wasm`, exactly as it is to be deployed (not yet in its container).
    pub fn wasm(&self, contract: &str) -> Result<Vec<u8>> {
        let path = self.root.join(format!("target/wasm/{contract}.wasm"));
        read(&path, "scripts/build-wasm.sh")
    }

    /// The creation code of a Solidity contract: `target/fixtures/<name>.json`.
    pub fn creation_code(&self, name: &str) -> Result<Bytes> {
        let path = self.root.join(format!("target/fixtures/{name}.json"));
        let json = read(&path, "scripts/fixtures.sh")?;
        let fixture: Fixture = serde_json::from_slice(&json)
            .with_context(|| format!("{} is not a contract's artifact", path.display()))?;
        ensure!(
            !fixture.bytecode.is_empty(),
            "{} has no code: an interface or an abstract contract",
            path.display()
        );
        Ok(fixture.bytecode)
    }

    /// The creation code followed by the ABI-encoded constructor arguments (a tuple).
    pub fn creation_code_with<A>(&self, name: &str, arguments: &A) -> Result<Bytes>
    where
        A: SolValue,
        for<'a> <A::SolType as alloy_sol_types::SolType>::Token<'a>: alloy_sol_types::abi::TokenSeq<'a>,
    {
        let mut code = self.creation_code(name)?.to_vec();
        code.extend(arguments.abi_encode_params());
        Ok(code.into())
    }
}

fn read(path: &Path, script: &str) -> Result<Vec<u8>> {
    if !path.exists() {
        bail!("{} is missing: run {script} first", path.display());
    }
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_artifact_names_the_script_that_makes_it() {
        let artifacts = Artifacts::of_repository("/nowhere");
        let wasm = artifacts.wasm("usdai-token").unwrap_err().to_string();
        assert_eq!(
            wasm,
            "/nowhere/target/wasm/usdai-token.wasm is missing: run scripts/build-wasm.sh first"
        );
        let fixture = artifacts.creation_code("UsdCoin").unwrap_err().to_string();
        assert_eq!(
            fixture,
            "/nowhere/target/fixtures/UsdCoin.json is missing: run scripts/fixtures.sh first"
        );
    }
}
