/** The EIP-712 domain in which terms of loans are signed. */
export interface LoanDomain {
  name: "USD.AI Loan Pool";
  version: "1";
  chainId: number;
  verifyingContract: `0x${string}`;
}

/**
 * Where the underwriter signs terms of loans; `eip712Domain()` of the pool says the same.
 *
 * @param chainId EIP-155 id of the chain.
 * @param pool The loan pool.
 */
export function loanDomain(chainId: number, pool: `0x${string}`): LoanDomain {
  return { name: "USD.AI Loan Pool", version: "1", chainId, verifyingContract: pool };
}
