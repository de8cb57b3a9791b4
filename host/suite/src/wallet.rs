//! A user with a key: estimates, signs and sends transactions the way a wallet does.

use alloy_consensus::{SignableTransaction, TxEip1559, TxEnvelope};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, Bytes, TxKind, U256};
use alloy_signer::SignerSync;
use alloy_signer_local::coins_bip39::English;
use alloy_signer_local::{MnemonicBuilder, PrivateKeySigner};
use alloy_sol_types::SolCall;
use anyhow::{Context, Result, bail};
use devnet::{BlockSelector, CallRequest, Chain, EstimateError, Overrides, Receipt};

use crate::calls::{Reverted, describe_revert};

/// A key and what is done with it.
#[derive(Clone, Debug)]
pub struct Wallet {
    signer: PrivateKeySigner,
}

/// So many keys of the chain's mnemonic are tried to find an account's.
const KEYS: usize = 24;

/// The key with this number of the chain's mnemonic, whether the chain has funded its account or not.
pub fn key_of(chain: &Chain, index: usize) -> Result<PrivateKeySigner> {
    let mnemonic = chain.config().mnemonic.as_str();
    let key = MnemonicBuilder::<English>::default()
        .phrase(mnemonic)
        .index(u32::try_from(index)?)?;
    Ok(key.build()?)
}

impl Wallet {
    /// The wallet of an account of the chain's mnemonic.
    pub fn of(chain: &Chain, account: Address) -> Result<Self> {
        let funded = chain.signers().iter().find(|signer| signer.address() == account);
        if let Some(signer) = funded {
            return Ok(Self { signer: signer.clone() });
        }
        for index in chain.signers().len()..KEYS {
            let signer = key_of(chain, index)?;
            if signer.address() == account {
                return Ok(Self { signer });
            }
        }
        bail!("no key for {account}")
    }

    /// Its address.
    pub fn address(&self) -> Address {
        self.signer.address()
    }

    /// Signs and sends `call`. The receipt is that of a success; what reverts is told in words.
    pub fn send(&self, chain: &mut Chain, to: Address, call: &impl SolCall) -> Result<Receipt> {
        let data: Bytes = call.abi_encode().into();
        let request = CallRequest {
            from: Some(self.address()),
            to: Some(to),
            data: data.clone(),
            ..CallRequest::default()
        };
        let gas_limit = match chain.estimate_gas(&request, BlockSelector::pending(), &Overrides::default()) {
            Ok(gas) => gas,
            Err(EstimateError::Reverted { output, reason: None }) => bail!("reverted: {}", describe_revert(&output)),
            Err(other) => return Err(other.into()),
        };
        let transaction = TxEip1559 {
            chain_id: chain.config().chain_id,
            nonce: chain.nonce(self.address()),
            gas_limit,
            max_fee_per_gas: u128::from(chain.base_fee()),
            max_priority_fee_per_gas: 0,
            to: TxKind::Call(to),
            value: U256::ZERO,
            access_list: Vec::new().into(),
            input: data,
        };
        let signature = self.signer.sign_hash_sync(&transaction.signature_hash())?;
        let raw = TxEnvelope::from(transaction.into_signed(signature)).encoded_2718();
        let hash = chain.send_raw(&raw)?;
        let receipt = chain
            .receipt(hash)
            .context("a mined transaction has a receipt")?
            .clone();
        if !receipt.status {
            return Err(Reverted {
                data: receipt.output,
                halt: receipt.halt_reason,
            }
            .into());
        }
        Ok(receipt)
    }
}
