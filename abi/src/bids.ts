import { keccak_256 } from "@noble/hashes/sha3";
import { bytesToHex, hexToBytes, randomBytes } from "@noble/hashes/utils";

/** What a commitment binds: the bid, and where and when it holds. */
export interface Bid {
  /** EIP-155 id of the chain. */
  chainId: number | bigint;
  /** The auction contract: `auction()` of sUSDai. */
  auction: string;
  /** The epoch in whose bid phase the bid is sealed: `currentEpoch()` of the auction. */
  epoch: number | bigint;
  /** The redemption request that bids. */
  requestId: number | bigint;
  /** The discount in basis points. */
  discountBps: number;
  /** 32 secret bytes, `0x` and 64 hexadecimal digits. Without them the bid cannot be revealed. */
  salt: string;
}

/** A salt from the system's source of randomness. Keep it until the bid is revealed. */
export function bidSalt(): `0x${string}` {
  return `0x${bytesToHex(randomBytes(32))}`;
}

/**
 * What seals a bid, for `commitBid` of sUSDai:
 * `keccak256(abi.encode(chainId, auction, epoch, requestId, uint16 discountBps, bytes32 salt))`.
 *
 * @throws RangeError if a value does not fit its type.
 */
export function bidCommitment(bid: Bid): `0x${string}` {
  const words = [
    number("chainId", bid.chainId, 256),
    hex("auction", bid.auction, 20),
    number("epoch", bid.epoch, 256),
    number("requestId", bid.requestId, 256),
    number("discountBps", bid.discountBps, 16),
    hex("salt", bid.salt, 32),
  ];
  return `0x${bytesToHex(keccak_256(hexToBytes(words.join(""))))}`;
}

/** A number as the 64 digits of its word. */
function number(name: string, value: number | bigint, bits: number): string {
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw new RangeError(`${name} is ${value}: it must be a whole number, from 2^53 on a bigint`);
  }
  const whole = BigInt(value);
  if (whole < 0n || whole >> BigInt(bits) !== 0n) {
    throw new RangeError(`${name} is ${whole}: it does not fit ${bits} bits`);
  }
  return whole.toString(16).padStart(64, "0");
}

/** So many bytes as the 64 digits of a word, in front of which zeros stand if they are fewer. */
function hex(name: string, value: string, bytes: number): string {
  if (!new RegExp(`^0x[0-9a-fA-F]{${2 * bytes}}$`).test(value)) {
    throw new RangeError(`${name} is ${value}: it must be 0x and ${2 * bytes} hexadecimal digits`);
  }
  return value.slice(2).padStart(64, "0");
}
