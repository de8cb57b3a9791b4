//! Taking transactions in and mining them.

use alloy_consensus::transaction::SignerRecoverable;
use alloy_consensus::{
    Eip658Value, EthereumTxEnvelope, ReceiptEnvelope, ReceiptWithBloom, SignableTransaction, Transaction, TxEip1559,
    TxEip4844Variant, TxEnvelope,
};
use alloy_eips::eip2718::{Decodable2718, Typed2718};
use alloy_primitives::{Address, B256, Bytes, Log, Signature, TxKind, U256, logs_bloom};

use super::{Chain, MinedTransaction, Receipt, Tx, TxError};
use crate::evm::{self, Execution, Message};

impl Chain {
    /// Executes an unsigned transaction and mines it into a block of its own. A reverted or failed transaction gives a
    /// receipt with `status` false and the revert data in `output`. One that is refused changes nothing and gives such
    /// a receipt with a zero hash and the reason in `halt_reason`; [`Chain::try_send`] tells the two apart.
    pub fn send(&mut self, tx: Tx) -> Receipt {
        let (from, to) = (tx.from, tx.to);
        self.try_send(tx).unwrap_or_else(|refused| Receipt {
            tx_hash: B256::ZERO,
            tx_index: 0,
            block_number: self.block_number(),
            block_hash: self.head().hash,
            from,
            to,
            contract_address: None,
            status: false,
            gas_used: 0,
            cumulative_gas_used: 0,
            effective_gas_price: u128::from(self.base_fee()),
            tx_type: 2,
            logs: Vec::new(),
            logs_bloom: logs_bloom([]),
            output: Bytes::new(),
            halt_reason: Some(format!("transaction refused: {refused}")),
        })
    }

    /// As [`Chain::send`], with a refusal as an error.
    pub fn try_send(&mut self, tx: Tx) -> Result<Receipt, TxError> {
        let nonce = tx.nonce.unwrap_or_else(|| self.nonce(tx.from));
        let max_fee = tx.gas_price.unwrap_or(u128::from(self.base_fee()));
        let unsigned = TxEip1559 {
            chain_id: self.config.chain_id,
            nonce,
            gas_limit: tx.gas_limit.unwrap_or(self.config.tx_gas_limit),
            max_fee_per_gas: max_fee,
            max_priority_fee_per_gas: 0,
            to: tx.to.map_or(TxKind::Create, TxKind::Call),
            value: tx.value,
            access_list: tx.access_list,
            input: tx.data,
        };
        let mark = Signature::new(U256::from_be_slice(tx.from.as_slice()), U256::from(1), false);
        self.mine_transaction(unsigned.into_signed(mark).into(), tx.from)
    }

    /// Takes a signed transaction of type 0, 1, 2 or 4 in its network encoding and mines it into a block of its own.
    /// Returns its hash.
    pub fn send_raw(&mut self, raw: &[u8]) -> Result<B256, TxError> {
        let mut rest = raw;
        let envelope = TxEnvelope::decode_2718(&mut rest).map_err(|error| TxError::Undecodable(error.to_string()))?;
        if !rest.is_empty() {
            return Err(TxError::Undecodable("trailing bytes".into()));
        }
        let from = envelope.recover_signer().map_err(|_| TxError::InvalidSignature)?;
        let code = self.state.view().code_of(from);
        if !code.is_empty() && !code.is_eip7702() {
            return Err(TxError::SenderIsContract(from));
        }
        self.mine_transaction(envelope, from).map(|receipt| receipt.tx_hash)
    }

    fn mine_transaction(&mut self, envelope: TxEnvelope, from: Address) -> Result<Receipt, TxError> {
        // With a nonce set back by hand, the very same transaction may pass all other checks again.
        if self.transactions.contains_key(envelope.tx_hash()) {
            return Err(TxError::AlreadyKnown);
        }
        self.check(&envelope, from)?;
        let timestamp = self.next_timestamp();
        let environment = self.next_environment(timestamp);
        let message = Message {
            from,
            to: envelope.to(),
            value: envelope.value(),
            data: envelope.input().clone(),
            gas_limit: envelope.gas_limit(),
            gas_price: u128::from(self.base_fee()),
            nonce: envelope.nonce(),
            access_list: envelope.access_list().cloned().unwrap_or_default(),
            authorizations: envelope.authorization_list().map(<[_]>::to_vec).unwrap_or_default(),
            strict: true,
        };
        let execution = evm::execute(self.state.view(), &environment, &message).map_err(TxError::Invalid)?;
        self.time = self.time_after(timestamp);
        let receipt = self.receipt_of(&envelope, from, &execution);
        self.state.commit(execution.changes);
        let hash = receipt.tx_hash;
        self.seal(
            timestamp,
            vec![MinedTransaction {
                envelope,
                from,
                receipt: receipt.clone(),
            }],
        );
        Ok(self.receipt(hash).cloned().unwrap_or(receipt))
    }

    fn check(&self, envelope: &TxEnvelope, from: Address) -> Result<(), TxError> {
        if envelope.is_eip4844() || envelope.ty() > 4 {
            return Err(TxError::UnsupportedType(envelope.ty()));
        }
        let want = self.config.chain_id;
        let have = envelope.chain_id();
        if have.is_some_and(|id| id != want) {
            return Err(TxError::WrongChain { have, want });
        }
        let (have, next) = (envelope.nonce(), self.nonce(from));
        if have < next {
            return Err(TxError::NonceTooLow { have, next });
        }
        if have > next {
            return Err(TxError::NonceTooHigh { have, next });
        }
        let (max_fee, base_fee) = (envelope.max_fee_per_gas(), self.base_fee());
        if max_fee < u128::from(base_fee) {
            return Err(TxError::FeeTooLow {
                have: max_fee,
                base_fee,
            });
        }
        let have = self.balance(from);
        let fee = U256::from(envelope.gas_limit()).saturating_mul(U256::from(max_fee));
        let want = fee.saturating_add(envelope.value());
        if have < want {
            return Err(TxError::InsufficientFunds { have, want });
        }
        Ok(())
    }

    fn receipt_of(&self, envelope: &TxEnvelope, from: Address, execution: &Execution) -> Receipt {
        Receipt {
            tx_hash: *envelope.tx_hash(),
            tx_index: 0,
            block_number: self.blocks.len() as u64,
            block_hash: B256::ZERO,
            from,
            to: envelope.to(),
            contract_address: execution.created,
            status: execution.success,
            gas_used: execution.gas_used,
            cumulative_gas_used: execution.gas_used,
            effective_gas_price: u128::from(self.base_fee()),
            tx_type: envelope.ty(),
            logs: execution.logs.clone(),
            logs_bloom: logs_bloom(&execution.logs),
            output: execution.output.clone(),
            halt_reason: execution.halt_reason.clone(),
        }
    }
}

/// The root of the receipts' trie.
pub(super) fn receipts_root(transactions: &[MinedTransaction]) -> B256 {
    let receipts: Vec<ReceiptEnvelope<Log>> = transactions.iter().map(receipt_envelope).collect();
    if receipts.is_empty() {
        return alloy_consensus::EMPTY_ROOT_HASH;
    }
    alloy_consensus::proofs::calculate_receipt_root(&receipts)
}

fn receipt_envelope(mined: &MinedTransaction) -> ReceiptEnvelope<Log> {
    let receipt = ReceiptWithBloom {
        receipt: alloy_consensus::Receipt {
            status: Eip658Value::Eip658(mined.receipt.status),
            cumulative_gas_used: mined.receipt.cumulative_gas_used,
            logs: mined.receipt.logs.clone(),
        },
        logs_bloom: mined.receipt.logs_bloom,
    };
    match &mined.envelope {
        EthereumTxEnvelope::<TxEip4844Variant>::Legacy(_) => ReceiptEnvelope::Legacy(receipt),
        EthereumTxEnvelope::Eip2930(_) => ReceiptEnvelope::Eip2930(receipt),
        EthereumTxEnvelope::Eip4844(_) => ReceiptEnvelope::Eip4844(receipt),
        EthereumTxEnvelope::Eip7702(_) => ReceiptEnvelope::Eip7702(receipt),
        EthereumTxEnvelope::Eip1559(_) => ReceiptEnvelope::Eip1559(receipt),
    }
}
