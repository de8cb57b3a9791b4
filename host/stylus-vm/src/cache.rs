//! Compiled programs on disk.
//!
//! A file is `<module hash>.<environment>.stylus`: a checksum, then what the compiler serialised. The environment names
//! everything else that the machine code depends on. A file that is damaged or of another environment is not used, and
//! replaced by the next compilation. The cache only saves time, so that failing to write one is not an error.
//!
//! Every program that is compiled is written, also for a simulation, and nothing is ever removed: the directory may be
//! deleted at any time.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use alloy_primitives::{B256, hex};
use sha2::{Digest as _, Sha256};
use wasmer::Module;
use wasmer::sys::{CpuFeature, EngineBuilder, Triple};

use crate::compile::Program;

/// Raise it when the instrumentation or the layout of the files changes.
const FORMAT: u32 = 2;
const COMPILER: &str = "wasmer 7.4.2 singlepass";
const CHECKSUM_LEN: usize = 32;

#[derive(Debug)]
pub(crate) struct Cache {
    directory: PathBuf,
    environment: [u8; 32],
}

impl Cache {
    pub(crate) fn new(directory: PathBuf) -> Self {
        let environment = format!("{FORMAT} {COMPILER} {} {:?}", Triple::host(), CpuFeature::for_host());
        Self {
            directory,
            environment: Sha256::digest(environment).into(),
        }
    }

    fn path(&self, module_hash: B256) -> PathBuf {
        let environment = hex::encode(&self.environment[..8]);
        self.directory
            .join(format!("{}.{environment}.stylus", hex::encode(module_hash)))
    }

    /// The checksum covers the name of the file too: one that was moved to another name is not used.
    fn checksum(&self, module_hash: B256, code: &[u8]) -> [u8; CHECKSUM_LEN] {
        Sha256::new()
            .chain_update(self.environment)
            .chain_update(module_hash)
            .chain_update(code)
            .finalize()
            .into()
    }

    /// Loads a program, if it is there and intact.
    pub(crate) fn load(&self, module_hash: B256) -> Option<Program> {
        let file = fs::read(self.path(module_hash)).ok()?;
        let (checksum, code) = file.split_at_checked(CHECKSUM_LEN)?;
        if checksum != self.checksum(module_hash, code) {
            return None;
        }
        let engine: wasmer::Engine = EngineBuilder::headless().engine().into();
        // SAFETY: the bytes are what this module serialised for this very compiler and processor: the checksum covers
        // both, and the directory belongs to the user who runs the process.
        #[allow(unsafe_code)]
        let module = unsafe { Module::deserialize(&engine, code) }.ok()?;
        Some(Program { engine, module })
    }

    /// Keeps a program; readers see either nothing or all of it.
    pub(crate) fn store(&self, module_hash: B256, program: &Program) {
        let Ok(code) = program.module.serialize() else { return };
        let checksum = self.checksum(module_hash, &code);
        // What fails here is compiled again by the next process.
        let _ = write(&self.directory, &self.path(module_hash), &[&checksum, &code]);
    }
}

fn write(directory: &Path, path: &Path, parts: &[&[u8]]) -> std::io::Result<()> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    fs::create_dir_all(directory)?;
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let beside = directory.join(format!(".{}.{number}.new", std::process::id()));
    let written = fs::File::create(&beside).and_then(|mut file| parts.iter().try_for_each(|part| file.write_all(part)));
    let moved = written.and_then(|()| fs::rename(&beside, path));
    if moved.is_err() {
        let _ = fs::remove_file(&beside);
    }
    moved
}
