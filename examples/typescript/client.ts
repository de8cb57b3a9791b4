// viem's clients for a deployment, and what contracts refuse in words.
import { errorsAbi } from "@usdai/abi";
import {
  BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  createWalletClient,
  decodeErrorResult,
  defineChain,
  http,
  parseEventLogs,
  type Abi,
  type ContractEventName,
  type ParseEventLogsReturnType,
  type TransactionReceipt,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { keyOf, readDeployment, rpcUrl, type Hex } from "./environment.js";

export const deployment = readDeployment();

const chain = defineChain({
  id: deployment.chainId,
  name: deployment.network,
  nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
  rpcUrls: { default: { http: [rpcUrl] } },
});

/** Reads the chain. */
export const reader = createPublicClient({ chain, transport: http(), pollingInterval: 100 });

/** Signs and sends for the key in an environment variable. */
export function walletOf(variable: string) {
  return createWalletClient({ account: privateKeyToAccount(keyOf(variable)), chain, transport: http() });
}

/** Waits for a transaction, which must not have reverted. */
export async function mined(hash: Hex): Promise<TransactionReceipt> {
  const receipt = await reader.waitForTransactionReceipt({ hash });
  if (receipt.status !== "success") throw new Error(`transaction ${hash} reverted`);
  return receipt;
}

/** The only event of this name that a contract has logged in a transaction. */
export function only<const A extends Abi, N extends ContractEventName<A>>(
  receipt: TransactionReceipt,
  address: Hex,
  abi: A,
  eventName: N,
): ParseEventLogsReturnType<A, N, true>[number] {
  const logs = receipt.logs.filter((log) => log.address.toLowerCase() === address.toLowerCase());
  const [event, ...others] = parseEventLogs({ abi, eventName, logs, strict: true });
  if (event === undefined || others.length > 0) throw new Error(`expected one ${eventName} of ${address}`);
  return event;
}

/** Why something failed. A contract passes on the errors of those that it calls: all of them are tried. */
export function reason(error: unknown): string {
  if (!(error instanceof BaseError)) return String(error);
  const revert = error.walk((cause) => cause instanceof ContractFunctionRevertedError);
  if (revert instanceof ContractFunctionRevertedError && revert.raw !== undefined && revert.raw !== "0x") {
    try {
      const { errorName, args } = decodeErrorResult({ abi: errorsAbi, data: revert.raw });
      return `${errorName}(${(args ?? []).join(", ")})`;
    } catch {
      return `an error of another contract: ${revert.raw}`;
    }
  }
  return error.shortMessage;
}

/** Runs an example. */
export async function run(example: () => Promise<void>): Promise<void> {
  try {
    await example();
  } catch (error) {
    console.error(`refused: ${reason(error)}`);
    process.exitCode = 1;
  }
}
