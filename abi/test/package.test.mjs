// The package as its users get it: both module systems, the JSON files, what is hashed.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import * as esm from "@usdai/abi";
import { encodeAbiParameters, encodeFunctionData, hashStruct, keccak256, parseAbiParameters, toFunctionSelector } from "viem";
import { TypedDataEncoder } from "ethers";

const require = createRequire(import.meta.url);

const ABIS = {
  IUSDai: esm.usdaiAbi,
  ISwapAdapter: esm.swapAdapterAbi,
  IStakedUSDai: esm.susdaiAbi,
  IQevAuction: esm.qevAuctionAbi,
  ICaliber: esm.caliberAbi,
  ILoanPool: esm.loanPoolAbi,
  ICollateralAuction: esm.collateralAuctionAbi,
};

/** An ABI without what internal types say beyond the types. */
const plain = (value) => JSON.parse(JSON.stringify(value, (key, field) => (key === "internalType" ? undefined : field)));

test("CommonJS gets what ES modules get", () => {
  const cjs = require("@usdai/abi");
  assert.deepEqual(Object.keys(cjs).sort(), Object.keys(esm).sort());
  for (const [name, value] of Object.entries(esm)) {
    if (typeof value !== "function") assert.deepEqual(cjs[name], value, name);
  }
  assert.equal(cjs.bidCommitment(BID), esm.bidCommitment(BID));
});

test("the modules hold what the JSON files hold", () => {
  for (const [name, abi] of Object.entries(ABIS)) {
    const json = require(`@usdai/abi/json/${name}.json`);
    assert.equal(json.contractName, name);
    assert.deepEqual(plain(abi), plain(json.abi), name);
  }
});

test("every function has a text for people", () => {
  for (const name of Object.keys(ABIS)) {
    const { abi, userdoc } = require(`@usdai/abi/json/${name}.json`);
    const functions = abi.filter((item) => item.type === "function").length;
    assert.equal(Object.values(userdoc.methods).filter((method) => method.notice).length, functions, name);
  }
});

test("the list of errors has each error once", () => {
  const selectors = (abi) => abi.filter((item) => item.type === "error").map((item) => toFunctionSelector({ ...item, type: "function", outputs: [], stateMutability: "view" }));
  const all = selectors(esm.errorsAbi);
  assert.equal(new Set(all).size, all.length);
  const declared = new Set(Object.values(ABIS).flatMap(selectors));
  assert.deepEqual(new Set(all), declared);
});

const BID = {
  chainId: 42161,
  auction: "0x5FbDB2315678afecb367f032d93F642f64180aa3",
  epoch: 3n,
  requestId: (1n << 200n) + 7n,
  discountBps: 2_000,
  salt: `0x${"5a".repeat(32)}`,
};

test("a commitment is the hash of the encoding that the contract states", () => {
  const types = parseAbiParameters("uint256, address, uint256, uint256, uint16, bytes32");
  for (let round = 0; round < 100; round++) {
    const bid = { ...BID, epoch: BigInt(round), discountBps: round * 655, salt: esm.bidSalt() };
    const values = [BigInt(bid.chainId), bid.auction, bid.epoch, bid.requestId, bid.discountBps, bid.salt];
    assert.equal(esm.bidCommitment(bid), keccak256(encodeAbiParameters(types, values)));
  }
});

test("what cannot be committed to is refused with its name and value", () => {
  const wrong = [
    [{ discountBps: 65_536 }, /discountBps is 65536: it does not fit 16 bits/],
    [{ discountBps: -1 }, /discountBps is -1: it does not fit 16 bits/],
    [{ discountBps: 2.5 }, /discountBps is 2.5: it must be a whole number/],
    [{ requestId: 2 ** 53 }, /requestId is 9007199254740992: it must be a whole number/],
    [{ epoch: 1n << 256n }, /epoch is \d+: it does not fit 256 bits/],
    [{ salt: "0x5a" }, /salt is 0x5a: it must be 0x and 64 hexadecimal digits/],
    [{ auction: `${BID.auction}00` }, /auction is 0x[0-9a-fA-F]+: it must be 0x and 40 hexadecimal digits/],
  ];
  for (const [change, message] of wrong) {
    assert.throws(() => esm.bidCommitment({ ...BID, ...change }), { name: "RangeError", message });
  }
});

test("salts do not repeat", () => {
  const salts = new Set(Array.from({ length: 100 }, esm.bidSalt));
  assert.equal(salts.size, 100);
});

test("both libraries hash terms alike, and encode calls with them", () => {
  const terms = {
    borrower: BID.auction,
    underwriter: "0x0000000000000000000000000000000000000001",
    collateralId: 1n,
    principal: 10n ** 24n,
    duration: 31_104_000n,
    repaymentInterval: 2_592_000n,
    schedule: 1,
    gracePeriod: 864_000n,
    penaltyRate: 6_341_958_396n,
    originationFeeBps: 100,
    exitFeeBps: 50,
    expiry: 1n << 40n,
    nonce: (1n << 256n) - 1n,
  };
  const hash = hashStruct({ types: esm.loanTermsTypes, primaryType: "LoanTerms", data: terms });
  assert.equal(TypedDataEncoder.hashStruct("LoanTerms", { LoanTerms: [...esm.loanTermsTypes.LoanTerms] }, terms), hash);
  const data = encodeFunctionData({ abi: esm.loanPoolAbi, functionName: "loanIdOf", args: [terms] });
  assert.equal(data.length, 2 + 2 * (4 + 13 * 32));
  const domain = esm.loanDomain(42161, BID.auction);
  assert.deepEqual(domain, { name: "USD.AI Loan Pool", version: "1", chainId: 42161, verifyingContract: BID.auction });
});
