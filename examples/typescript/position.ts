// The position of an account, read with ethers.
//
//   npx tsx position.ts <account>
import { qevAuctionAbi, qevAuctionRequestStateNames, susdaiAbi, usdaiAbi } from "@usdai/abi";
import { Contract, JsonRpcProvider, formatUnits, getAddress } from "ethers";
import { date, print, readDeployment, rpcUrl } from "./environment.js";

const [, , argument] = process.argv;
if (argument === undefined) throw new Error("usage: npx tsx position.ts <account>");
const account = getAddress(argument);

const deployment = readDeployment();
const provider = new JsonRpcProvider(rpcUrl, deployment.chainId, { staticNetwork: true });
const usdai = new Contract(deployment.contract("usdai-token"), usdaiAbi, provider);
const vault = new Contract(deployment.contract("susdai-vault"), susdaiAbi, provider);
const auction = new Contract(deployment.contract("qev-auction"), qevAuctionAbi, provider);

// ethers finds functions at run time; `getFunction` says which one is missing.
const call = (contract: Contract, name: string, ...values: unknown[]) => contract.getFunction(name)(...values);

const [dollars, shares, claimable, ids] = await Promise.all([
  call(usdai, "balanceOf", account),
  call(vault, "balanceOf", account),
  call(vault, "maxWithdraw", account),
  call(vault, "redemptionIds", account),
]);
const worth = await call(vault, "convertToAssets", shares);
const rows: [string, string][] = [
  ["account", account],
  ["USDai", amount(dollars)],
  ["sUSDai", amount(shares)],
  ["worth", `${amount(worth)} USDai`],
  ["claimable", `${amount(claimable)} USDai`],
];
for (const id of ids) {
  const [request, redemption] = await Promise.all([call(auction, "request", id), call(vault, "redemption", id)]);
  const state = qevAuctionRequestStateNames[Number(request.state)];
  rows.push([
    `request ${id}`,
    `${state}, ${amount(request.pendingShares)} sUSDai, behind ${amount(request.sharesAhead)}, eligible ${date(redemption.redemptionTimestamp)}`,
  ]);
}
print(rows);
provider.destroy();

/** 18 decimals, without the ".0" of whole numbers. */
function amount(value: bigint): string {
  return formatUnits(value, 18).replace(/\.0$/, "");
}
