//! The openings of sealed bids. Whoever loses one cannot reveal his bid and forfeits its bond, so they are on the disk
//! before the bid is on the chain, and nothing that was written is ever taken away.
//!
//! `<home>/openings/<network>-<chain id>/<auction>/epoch-<n>/request-<id>.json` holds all bids that were sealed on a
//! request in an epoch, the newest last: a bid that replaces another is sealed by a transaction that may fail. Files are
//! readable by their owner only. They are replaced as a whole, on the disk before they have their name, by one process
//! at a time.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use alloy_primitives::{Address, B256, U256};
use anyhow::{Context as _, Result, bail, ensure};
use client::sealing::commitment;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::options::Global;

/// What opens a sealed bid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Opening {
    /// The discount, in basis points.
    pub discount_bps: u16,
    /// What hides it.
    pub salt: B256,
    /// What the chain knows of it.
    pub commitment: B256,
    /// When it was made, by the chain's clock.
    pub made_at: u64,
}

/// The openings of one request in one epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Openings {
    /// EIP-155 id of the chain.
    pub chain_id: u64,
    /// The auction.
    pub auction: Address,
    /// The epoch.
    pub epoch: u64,
    /// The request, in decimal.
    pub request: String,
    /// The openings, the newest last.
    pub bids: Vec<Opening>,
}

impl Openings {
    /// The request's id.
    ///
    /// # Errors
    ///
    /// When the file says none.
    pub fn request_id(&self) -> Result<U256> {
        U256::from_str_radix(&self.request, 10).with_context(|| format!("{:?} is no request", self.request))
    }

    /// The opening of a commitment: the newest that it binds.
    pub fn opening_of(&self, commitment: B256) -> Option<&Opening> {
        self.bids.iter().rev().find(|opening| opening.commitment == commitment)
    }
}

/// The openings of one auction.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
    chain_id: u64,
    auction: Address,
}

impl Store {
    /// That of the deployment's auction, in the folder that the options or the environment name.
    ///
    /// # Errors
    ///
    /// When no folder is named, and the environment has no home.
    pub fn of(context: &Context) -> Result<Self> {
        let auction = context.auction()?;
        let network = format!("{}-{}", context.deployment.network, context.chain_id());
        let folder = home(&context.options)?
            .join("openings")
            .join(network)
            .join(auction.to_string());
        Ok(Self::at(folder, context.chain_id(), auction))
    }

    /// The store of an auction at a folder, which need not exist.
    pub fn at(folder: PathBuf, chain_id: u64, auction: Address) -> Self {
        Self {
            folder,
            chain_id,
            auction,
        }
    }

    /// The file of a request's openings in an epoch.
    pub fn file(&self, epoch: u64, request: U256) -> PathBuf {
        self.epoch_folder(epoch).join(format!("request-{request}.json"))
    }

    fn epoch_folder(&self, epoch: u64) -> PathBuf {
        self.folder.join(format!("epoch-{epoch}"))
    }

    /// Makes an opening with a new salt, and keeps it. It is on the disk when this returns.
    ///
    /// # Errors
    ///
    /// Of the file system; and when the file holds something else, which is then left as it is.
    pub fn seal(&self, epoch: u64, request: U256, discount_bps: u16, now: u64) -> Result<Opening> {
        let salt = B256::random();
        let opening = Opening {
            discount_bps,
            salt,
            commitment: commitment(self.chain_id, self.auction, epoch, request, discount_bps, salt),
            made_at: now,
        };
        self.add(epoch, request, opening.clone())?;
        Ok(opening)
    }

    fn add(&self, epoch: u64, request: U256, opening: Opening) -> Result<()> {
        let folder = self.epoch_folder(epoch);
        make_private(&folder)?;
        let lock = private_file(&folder.join("lock"), false)?;
        lock.lock()
            .with_context(|| format!("cannot lock {}", folder.display()))?;
        let path = self.file(epoch, request);
        let mut openings = self.read(epoch, request)?.unwrap_or_else(|| Openings {
            chain_id: self.chain_id,
            auction: self.auction,
            epoch,
            request: request.to_string(),
            bids: Vec::new(),
        });
        openings.bids.push(opening);
        let text = serde_json::to_string_pretty(&openings)? + "\n";
        replace(&path, text.as_bytes()).with_context(|| format!("cannot keep the opening in {}", path.display()))
    }

    /// The openings of a request in an epoch, if there are any.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or holds something else.
    pub fn read(&self, epoch: u64, request: U256) -> Result<Option<Openings>> {
        let path = self.file(epoch, request);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => bail!("cannot read {}: {error}", path.display()),
        };
        let openings: Openings =
            serde_json::from_slice(&text).with_context(|| format!("{} holds no openings", path.display()))?;
        ensure!(
            openings.chain_id == self.chain_id
                && openings.auction == self.auction
                && openings.epoch == epoch
                && openings.request == request.to_string(),
            "{} holds the openings of other bids",
            path.display()
        );
        Ok(Some(openings))
    }

    /// All openings of an epoch, by request.
    ///
    /// # Errors
    ///
    /// As [`Store::read`].
    pub fn of_epoch(&self, epoch: u64) -> Result<Vec<Openings>> {
        let folder = self.epoch_folder(epoch);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => bail!("cannot read {}: {error}", folder.display()),
        };
        let mut requests = Vec::new();
        for entry in entries {
            let name = entry?.file_name();
            let request = name
                .to_str()
                .and_then(|name| name.strip_prefix("request-")?.strip_suffix(".json"))
                .and_then(|number| U256::from_str_radix(number, 10).ok());
            requests.extend(request);
        }
        requests.sort_unstable();
        let found = requests.into_iter().map(|request| self.read(epoch, request));
        Ok(found.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
    }
}

/// Where what must not be lost is kept: `--home`, or `usdai` in the user's data folder.
///
/// # Errors
///
/// When the environment names neither.
pub fn home(options: &Global) -> Result<PathBuf> {
    if let Some(home) = &options.home {
        return Ok(home.clone());
    }
    let absolute = |path: PathBuf| path.is_absolute().then_some(path);
    let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).and_then(absolute);
    let data = data.or_else(|| Some(std::env::home_dir()?.join(".local/share")));
    let data = data.context("there is no home folder to keep secrets in: name a folder with --home")?;
    Ok(data.join("usdai"))
}

/// A folder that only its owner can read, with those above it.
fn make_private(folder: &Path) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))
}

fn private_file(path: &Path, empty: bool) -> Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(empty)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Replaces a file so that after a crash it is the old one or the new one, whole.
fn replace(path: &Path, text: &[u8]) -> Result<()> {
    let unfinished = path.with_extension("json.new");
    let mut file = private_file(&unfinished, true)?;
    file.write_all(text)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    // The name is on the disk once the folder is, and a new folder once the one above it is.
    let named = |folder: &&Path| !folder.as_os_str().is_empty();
    for folder in path.ancestors().skip(1).take(5).filter(named) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn store(folder: &Path) -> Store {
        Store::at(folder.join("a/b/auction"), 412_346, Address::repeat_byte(7))
    }

    #[test]
    fn an_opening_is_kept_in_private_and_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let request = U256::from(3);
        let first = store.seal(0, request, 150, 1_000).unwrap();
        let second = store.seal(0, request, 300, 2_000).unwrap();
        assert_ne!(first.salt, second.salt);
        let openings = store.read(0, request).unwrap().unwrap();
        assert_eq!(openings.bids, [first.clone(), second.clone()]);
        assert_eq!(openings.request_id().unwrap(), request);
        assert_eq!(openings.opening_of(first.commitment), Some(&first));
        assert_eq!(openings.opening_of(B256::ZERO), None);
        let path = store.file(0, request);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let above = path.parent().unwrap();
        assert_eq!(fs::metadata(above).unwrap().permissions().mode() & 0o777, 0o700);
        let bound = commitment(412_346, Address::repeat_byte(7), 0, request, 300, second.salt);
        assert_eq!(second.commitment, bound);
    }

    #[test]
    fn requests_and_epochs_are_kept_apart() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        for (epoch, request) in [(0, 10), (0, 9), (1, 10)] {
            store.seal(epoch, U256::from(request), 25, 0).unwrap();
        }
        let requests = |epoch| {
            let found = store.of_epoch(epoch).unwrap();
            found
                .iter()
                .map(|openings| openings.request.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(requests(0), ["9", "10"]);
        assert_eq!(requests(1), ["10"]);
        assert!(requests(2).is_empty());
        assert_eq!(store.read(2, U256::from(10)).unwrap(), None);
    }

    #[test]
    fn a_file_that_is_something_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let request = U256::from(1);
        store.seal(0, request, 25, 0).unwrap();
        let path = store.file(0, request);
        fs::write(&path, "{}").unwrap();
        assert!(
            store
                .seal(0, request, 25, 0)
                .unwrap_err()
                .to_string()
                .contains("holds no openings")
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), "{}");
        store.seal(0, U256::from(2), 25, 0).unwrap();
        fs::copy(store.file(0, U256::from(2)), &path).unwrap();
        assert!(
            store
                .read(0, request)
                .unwrap_err()
                .to_string()
                .contains("of other bids")
        );
    }

    #[test]
    fn bids_sealed_at_the_same_time_are_all_kept() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        std::thread::scope(|scope| {
            for discount in 1..=8 {
                let store = &store;
                scope.spawn(move || store.seal(0, U256::from(1), discount, 0).unwrap());
            }
        });
        let mut kept: Vec<_> = store
            .read(0, U256::from(1))
            .unwrap()
            .unwrap()
            .bids
            .iter()
            .map(|bid| bid.discount_bps)
            .collect();
        kept.sort_unstable();
        assert_eq!(kept, (1..=8).collect::<Vec<_>>());
    }
}
