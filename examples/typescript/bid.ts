// Bids a discount for being paid before the queue: seals the bid, and in the reveal phase opens it.
//
//   PRIVATE_KEY=0x… npx tsx bid.ts commit <request> <basis points>
//   PRIVATE_KEY=0x… npx tsx bid.ts reveal <request>
import { bidCommitment, bidSalt, qevAuctionAbi, susdaiAbi, type Bid } from "@usdai/abi";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deployment, mined, only, reader, run, walletOf } from "./client.js";
import { date, print } from "./environment.js";

const vault = deployment.contract("susdai-vault");
const auction = deployment.contract("qev-auction");
/** Who loses the discount and the salt of a sealed bid loses its bond: they are kept here. */
const openings = process.env.OPENINGS ?? "openings";

await run(async () => {
  const [, , action, request, basisPoints] = process.argv;
  if (action === "commit" && request !== undefined && basisPoints !== undefined) {
    await commit(BigInt(request), Number(basisPoints));
  } else if (action === "reveal" && request !== undefined) {
    await reveal(BigInt(request));
  } else {
    throw new Error("usage: npx tsx bid.ts commit <request> <basis points> | reveal <request>");
  }
});

async function commit(requestId: bigint, discountBps: number): Promise<void> {
  const wallet = walletOf("PRIVATE_KEY");
  const [epoch, , bidPhaseEnd] = await reader.readContract({ address: auction, abi: qevAuctionAbi, functionName: "currentEpoch" });
  const [lowest, highest] = await reader.readContract({ address: auction, abi: qevAuctionAbi, functionName: "epochTerms", args: [epoch] });
  // The seal would hide it until it is too late.
  if (BigInt(discountBps) < lowest || BigInt(discountBps) > highest) {
    throw new Error(`a discount of ${discountBps} basis points: it must be ${lowest} to ${highest}`);
  }
  const bid: Bid = { chainId: deployment.chainId, auction, epoch, requestId, discountBps, salt: bidSalt() };
  const commitment = bidCommitment(bid);
  const { request } = await reader.simulateContract({
    account: wallet.account, address: vault, abi: susdaiAbi, functionName: "commitBid", args: [requestId, commitment],
  });
  // Kept before it is sent, under a name of its own: a bid that replaces another needs another opening.
  mkdirSync(openings, { recursive: true });
  const opening = { requestId: requestId.toString(), epoch: epoch.toString(), discountBps, salt: bid.salt };
  writeFileSync(join(openings, `${commitment}.json`), JSON.stringify(opening) + "\n", { flag: "wx", mode: 0o600 });
  const receipt = await mined(await wallet.writeContract(request));
  const { shares, bond } = only(receipt, auction, qevAuctionAbi, "BidCommitted").args;
  print([
    ["commitment", commitment],
    ["shares", shares.toString()],
    ["bond", bond.toString()],
    ["reveal from", date(bidPhaseEnd)],
  ]);
}

async function reveal(requestId: bigint): Promise<void> {
  const wallet = walletOf("PRIVATE_KEY");
  const commitment = await reader.readContract({ address: auction, abi: qevAuctionAbi, functionName: "commitmentOf", args: [requestId] });
  const opening = JSON.parse(readFileSync(join(openings, `${commitment}.json`), "utf8")) as { discountBps: number; salt: `0x${string}` };
  const { request } = await reader.simulateContract({
    account: wallet.account, address: auction, abi: qevAuctionAbi, functionName: "revealBid", args: [requestId, opening.discountBps, opening.salt],
  });
  const receipt = await mined(await wallet.writeContract(request));
  const { discountBps, epoch } = only(receipt, auction, qevAuctionAbi, "BidRevealed").args;
  print([
    ["revealed", `${discountBps} basis points`],
    ["epoch", epoch.toString()],
  ]);
}
