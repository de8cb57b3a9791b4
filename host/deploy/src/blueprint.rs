//! Where everything will be. Addresses depend on nothing but code, constructor arguments and the configuration's salt
//! (CREATE2), so the whole deployment is known before its first transaction, and a second run finds what a first has left.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::{SolCall, SolValue};
use anyhow::{Context, Result};
use client::artifacts::Artifacts;
use client::bindings::IStylusDeployer;
use client::deployment::{Deployment, names};
use client::stylus::{STYLUS_DEPLOYER, constructor_calldata, init_code, program_address};

use crate::config::Settings;
use crate::node::Request;

/// The programs in the order in which they can be deployed: each is constructed over earlier ones.
pub const PROGRAMS: [&str; 13] = [
    names::USDAI,
    names::SWAP_ADAPTER,
    names::AUCTION_EXTENSION,
    names::AUCTION,
    names::VAULT_EXTENSION,
    names::VAULT,
    names::CALIBER,
    names::POOL_EXTENSIONS[0],
    names::POOL_EXTENSIONS[1],
    names::POOL_EXTENSIONS[2],
    names::POOL_EXTENSIONS[3],
    names::POOL,
    names::COLLATERAL_AUCTION,
];

/// The externals that every deployment has: wrapped M, and Uniswap's SwapRouter02.
pub const WM: &str = "wm";
/// See [`WM`].
pub const SWAP_ROUTER: &str = "swap-router";

/// Addresses by name: the suite's contracts and those of others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places(BTreeMap<String, Address>);

impl Places {
    /// Those of others alone.
    pub fn of_externals(externals: &BTreeMap<String, Address>) -> Self {
        Self(externals.clone())
    }

    /// Those of a record.
    pub fn of_record(record: &Deployment) -> Self {
        let contracts = record
            .contracts
            .iter()
            .map(|(name, contract)| (name.clone(), contract.address));
        Self(record.externals.clone().into_iter().chain(contracts).collect())
    }

    /// Where `name` is.
    ///
    /// # Errors
    ///
    /// When it has no place.
    pub fn at(&self, name: &str) -> Result<Address> {
        self.0
            .get(name)
            .copied()
            .with_context(|| format!("it is not known where {name} is"))
    }

    fn put(&mut self, name: &str, address: Address) {
        self.0.insert(name.to_owned(), address);
    }
}

/// A program as it stands on a chain: its WebAssembly in Arbitrum's container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// The bytes.
    pub bytes: Bytes,
    /// Their hash.
    pub hash: B256,
}

/// The built programs by name.
pub type Codes = BTreeMap<&'static str, Code>;

/// Reads the built programs.
///
/// # Errors
///
/// When one is not built.
pub fn read_codes(artifacts: &Artifacts) -> Result<Codes> {
    let mut codes = Codes::new();
    for name in PROGRAMS {
        let bytes = stylus_rules::container::encode(&artifacts.wasm(name)?)
            .with_context(|| format!("{name} cannot be deployed"))?;
        let hash = keccak256(&bytes);
        codes.insert(name, Code { bytes, hash });
    }
    Ok(codes)
}

/// A program that is to be deployed.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its name.
    pub name: &'static str,
    /// Where it will be.
    pub address: Address,
    /// What will be there.
    pub code: Code,
    /// The ABI-encoded constructor arguments; `None` for an extension, which has no constructor.
    pub arguments: Option<Bytes>,
    salt: B256,
}

impl Program {
    /// Deploys, activates and constructs, with `value` wei for the activation. Without its constructor it can be estimated
    /// before the contracts are there that the constructor asks.
    ///
    /// # Errors
    ///
    /// When the code is too long.
    pub fn request(&self, value: U256, construct: bool) -> Result<Request> {
        let call = IStylusDeployer::deployCall {
            bytecode: init_code(&self.code.bytes)?,
            initData: if construct { self.init_data() } else { Bytes::new() },
            initValue: U256::ZERO,
            salt: self.salt,
        };
        Ok(Request {
            to: Some(STYLUS_DEPLOYER),
            data: call.abi_encode().into(),
            value,
        })
    }

    fn init_data(&self) -> Bytes {
        init_data(self.arguments.as_ref())
    }
}

/// The calldata of the constructor; empty without one.
pub fn init_data(arguments: Option<&Bytes>) -> Bytes {
    arguments
        .map(|arguments| constructor_calldata(arguments))
        .unwrap_or_default()
}

/// Where code with these arguments is, under this salt.
///
/// # Errors
///
/// When the code is too long.
pub fn address_of(salt: B256, code: &Bytes, arguments: Option<&Bytes>) -> Result<Address> {
    Ok(program_address(salt, &init_data(arguments), &init_code(code)?))
}

/// What a deployment comes to.
#[derive(Clone, Debug)]
pub struct Blueprint {
    /// The programs, in order.
    pub programs: Vec<Program>,
    /// Where everything is.
    pub places: Places,
}

impl Blueprint {
    /// Works out the deployment of `deployer` over the contracts of others, the auction beginning at `genesis`.
    ///
    /// # Errors
    ///
    /// When a contract of others is missing.
    pub fn new(
        settings: &Settings,
        codes: &Codes,
        deployer: Address,
        genesis: u64,
        externals: &BTreeMap<String, Address>,
    ) -> Result<Self> {
        let mut places = Places::of_externals(externals);
        let mut programs = Vec::new();
        for name in PROGRAMS {
            let code = codes.get(name).with_context(|| format!("{name} is not built"))?.clone();
            let arguments = constructor_arguments(name, settings, codes, deployer, genesis, &places)?;
            let address = address_of(settings.salt, &code.bytes, arguments.as_ref())?;
            places.put(name, address);
            programs.push(Program {
                name,
                address,
                code,
                arguments,
                salt: settings.salt,
            });
        }
        Ok(Self { programs, places })
    }
}

/// The ABI-encoded arguments of a program's constructor, `None` where it has none. The deployer is the first admin.
///
/// # Errors
///
/// When a contract is not known that the constructor is told of.
pub fn constructor_arguments(
    name: &str,
    settings: &Settings,
    codes: &Codes,
    admin: Address,
    genesis: u64,
    places: &Places,
) -> Result<Option<Bytes>> {
    let at = |name: &str| places.at(name);
    let hash_of =
        |name: &str| -> Result<B256> { Ok(codes.get(name).with_context(|| format!("{name} is not built"))?.hash) };
    let arguments = match name {
        names::USDAI => (admin, at(WM)?, settings.supply_cap).abi_encode_params(),
        names::SWAP_ADAPTER => (admin, at(names::USDAI)?, at(WM)?, at(SWAP_ROUTER)?).abi_encode_params(),
        names::AUCTION => {
            let terms = &settings.auction;
            (
                admin,
                U256::from(genesis),
                U256::from(terms.epoch_length),
                U256::from(terms.bid_length),
                terms.share_bps,
                terms.min_discount_bps,
                terms.max_discount_bps,
                terms.bond_bps,
                at(names::AUCTION_EXTENSION)?,
                hash_of(names::AUCTION_EXTENSION)?,
            )
                .abi_encode_params()
        }
        names::VAULT => (
            admin,
            at(names::USDAI)?,
            at(names::AUCTION)?,
            at(names::VAULT_EXTENSION)?,
            hash_of(names::VAULT_EXTENSION)?,
            settings.vault_fee_recipient,
            settings.base_yield_fee,
        )
            .abi_encode_params(),
        names::CALIBER => (admin,).abi_encode_params(),
        names::POOL => {
            let terms = &settings.pool;
            let (mut extensions, mut hashes) = ([Address::ZERO; 4], [B256::ZERO; 4]);
            for ((name, extension), hash) in names::POOL_EXTENSIONS.iter().zip(&mut extensions).zip(&mut hashes) {
                (*extension, *hash) = (at(name)?, hash_of(name)?);
            }
            (
                admin,
                at(names::USDAI)?,
                at(names::CALIBER)?,
                extensions,
                hashes,
                terms.fee_recipient,
                [terms.interest_fee_bps, terms.liquidation_fee_bps, terms.haircut_bps],
                terms.advance_bps,
                terms.rates,
            )
                .abi_encode_params()
        }
        names::COLLATERAL_AUCTION => {
            let terms = &settings.collateral_auction;
            (
                admin,
                at(names::POOL)?,
                at(names::CALIBER)?,
                at(names::USDAI)?,
                U256::from(terms.duration),
                terms.min_increment_bps,
                U256::from(terms.extension),
            )
                .abi_encode_params()
        }
        _ => return Ok(None),
    };
    Ok(Some(arguments.into()))
}
