//! Compiled programs are found again, in memory and on disk, and nothing damaged is ever run.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use stylus_rules::ProgramInfo;
use stylus_vm::{Engine, EngineConfig, Outcome, PROGRAMS_IN_MEMORY};

use crate::common::{Chain, data, info, program};

/// A directory that is removed when the test ends.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        Self(std::env::temp_dir().join(format!("stylus-vm-cache-{}-{number}", std::process::id())))
    }

    fn engine(&self) -> Engine {
        Engine::new(EngineConfig {
            cache_dir: Some(self.0.clone()),
            ..EngineConfig::default()
        })
    }

    /// The files that hold compiled programs.
    fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<_> = fs::read_dir(&self.0)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        files
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A program that reverts exactly if `status` is not 0.
fn returning(status: u32) -> ProgramInfo {
    info(&program("", &format!("i32.const {status} return")))
}

#[track_caller]
fn check(engine: &Engine, status: u32) {
    let program = engine.compile(&returning(status)).unwrap();
    let result = engine.run(&program, &[], &data(), &mut Chain::default(), 100);
    let expected = if status == 0 { Outcome::Success } else { Outcome::Revert };
    // 1,000,000 ink less the constant, `return` and their check: the machine code is the metered one.
    assert_eq!((result.outcome, result.ink_left), (expected, 1_000_000 - 2_452));
}

/// Changes whenever a file is written anew.
fn identity(path: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(path).unwrap().ino()
}

#[test]
fn another_process_finds_what_was_compiled() {
    let directory = Directory::new();
    check(&directory.engine(), 0);
    let files = directory.files();
    assert_eq!(files.len(), 1);
    let before = identity(&files[0]);
    check(&directory.engine(), 0);
    assert_eq!((directory.files(), identity(&files[0])), (files, before));
}

#[test]
fn without_a_directory_programs_are_kept_in_memory() {
    let engine = Engine::new(EngineConfig::default());
    check(&engine, 0);
    check(&engine.clone(), 0);
    check(&engine, 1);
}

#[test]
fn memory_holds_the_programs_that_were_asked_for_last() {
    let engine = Engine::new(EngineConfig::default());
    let most = u32::try_from(PROGRAMS_IN_MEMORY.get()).unwrap();
    for status in 0..most + 10 {
        check(&engine, status);
        // Asked for again and again, this one stays.
        check(&engine, 0);
        assert_eq!(engine.programs_in_memory(), (status + 1).min(most) as usize);
    }
    // What was dropped is compiled again.
    check(&engine, 1);
    assert_eq!(engine.programs_in_memory(), most as usize);
}

#[test]
fn damaged_files_are_compiled_again() {
    let directory = Directory::new();
    check(&directory.engine(), 0);
    let [file] = &directory.files()[..] else { panic!() };
    let intact = fs::read(file).unwrap();
    let mut middle = intact.clone();
    middle[intact.len() / 2] ^= 1;
    let mut checksum = intact.clone();
    checksum[0] ^= 1;
    for damaged in [&[][..], &intact[..31], &intact[..intact.len() - 1], &middle, &checksum] {
        fs::write(file, damaged).unwrap();
        check(&directory.engine(), 0);
        assert_eq!(fs::read(file).unwrap().len(), intact.len());
        // What replaced it is used.
        let before = identity(file);
        check(&directory.engine(), 0);
        assert_eq!(identity(file), before);
    }
}

#[test]
fn a_file_under_another_name_is_not_used() {
    let directory = Directory::new();
    check(&directory.engine(), 0);
    let [zero] = &directory.files()[..] else { panic!() };
    let zero = zero.clone();
    check(&directory.engine(), 1);
    let one = directory.files().into_iter().find(|file| *file != zero).unwrap();
    fs::copy(&zero, &one).unwrap();
    check(&directory.engine(), 1);
}

#[test]
fn a_directory_that_cannot_be_written_does_no_harm() {
    let directory = Directory::new();
    fs::write(&directory.0, "a file where the directory should be").unwrap();
    check(&directory.engine(), 0);
    fs::remove_file(&directory.0).unwrap();
}
