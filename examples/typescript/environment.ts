// What every example is told: the node, the record of the deployment, the key. Needs no library.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export type Hex = `0x${string}`;

/** The node that is asked. */
export const rpcUrl = process.env.RPC_URL ?? "http://127.0.0.1:8547";

/** The chain id of the local chain, where wrapped M is a double that gives to anybody. */
export const LOCAL_CHAIN = 412346;

/** Where the contracts are. */
export interface Deployment {
  network: string;
  chainId: number;
  /** A contract of the suite by the name of its program, such as `usdai-token`. */
  contract(name: string): Hex;
  /** A contract of others by its name, such as `wm`. */
  external(name: string): Hex;
}

/** Reads `deployments/<network>.json`, or the file that DEPLOYMENT names. */
export function readDeployment(): Deployment {
  const here = dirname(fileURLToPath(import.meta.url));
  const network = process.env.NETWORK ?? "local";
  const file = process.env.DEPLOYMENT ?? join(here, "../../deployments", `${network}.json`);
  const record = JSON.parse(readFileSync(file, "utf8")) as {
    network: string;
    chainId: number;
    contracts: Record<string, { address: Hex }>;
    externals: Record<string, Hex>;
  };
  const known = <T>(list: Record<string, T>, name: string): T => {
    const entry = list[name];
    if (entry === undefined) throw new Error(`${file} knows no ${name}, but ${Object.keys(list).join(", ")}`);
    return entry;
  };
  return {
    network: record.network,
    chainId: record.chainId,
    contract: (name) => known(record.contracts, name).address,
    external: (name) => known(record.externals, name),
  };
}

/** The private key in an environment variable. */
export function keyOf(variable: string): Hex {
  const key = process.env[variable];
  if (key === undefined || !/^0x[0-9a-fA-F]{64}$/.test(key)) {
    throw new Error(`set ${variable} to a private key: 0x and 64 hexadecimal digits`);
  }
  return key as Hex;
}

/** Prints rows of a name and a value. */
export function print(rows: [string, string][]): void {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  for (const [name, value] of rows) console.log(name.padEnd(width) + value);
}

/** A moment in seconds as a date. */
export function date(seconds: bigint): string {
  return new Date(Number(seconds) * 1000).toISOString();
}
