// Mints USDai with wrapped M, stakes it, requests the redemption of half of the shares, and prints the position.
//
//   PRIVATE_KEY=0x… npx tsx mint-and-stake.ts [dollars]
import { qevAuctionAbi, qevAuctionRequestStateNames, susdaiAbi, usdaiAbi } from "@usdai/abi";
import { erc20Abi, formatUnits, parseAbi, parseUnits, type Address } from "viem";
import { deployment, mined, only, reader, run, walletOf } from "./client.js";
import { LOCAL_CHAIN, date, print } from "./environment.js";

const wm = deployment.external("wm");
const usdai = deployment.contract("usdai-token");
const vault = deployment.contract("susdai-vault");
const auction = deployment.contract("qev-auction");

await run(async () => {
  const wallet = walletOf("PRIVATE_KEY");
  const account = wallet.account;
  const dollars = process.argv[2] ?? "1000";

  // Wrapped M has 6 decimals, USDai 18: one is worth the other.
  const deposit = parseUnits(dollars, 6);
  const held = await reader.readContract({ address: wm, abi: erc20Abi, functionName: "balanceOf", args: [account.address] });
  if (held < deposit && deployment.chainId === LOCAL_CHAIN) {
    const double = parseAbi(["function mint(address to, uint256 amount)"]);
    await mined(await wallet.writeContract({ address: wm, abi: double, functionName: "mint", args: [account.address, deposit - held] }));
  }
  await mined(await wallet.writeContract({ address: wm, abi: erc20Abi, functionName: "approve", args: [usdai, deposit] }));
  // Wrapped M is taken one for one, so that nothing less than all of it is acceptable.
  const mint = await reader.simulateContract({
    account, address: usdai, abi: usdaiAbi, functionName: "deposit", args: [wm, deposit, parseUnits(dollars, 18), account.address],
  });
  const minted = only(await mined(await wallet.writeContract(mint.request)), usdai, usdaiAbi, "Deposited").args.mintAmount;

  await mined(await wallet.writeContract({ address: usdai, abi: usdaiAbi, functionName: "approve", args: [vault, minted] }));
  // The price of a share rises with every second: a thousandth of tolerance.
  const expected = await reader.readContract({ address: vault, abi: susdaiAbi, functionName: "previewDeposit", args: [minted] });
  const stake = await reader.simulateContract({
    account, address: vault, abi: susdaiAbi, functionName: "deposit", args: [minted, account.address, (expected * 999n) / 1000n],
  });
  const shares = only(await mined(await wallet.writeContract(stake.request)), vault, susdaiAbi, "Deposit").args.shares;

  const leave = await reader.simulateContract({
    account, address: vault, abi: susdaiAbi, functionName: "requestRedeem", args: [shares / 2n, account.address, account.address],
  });
  const request = only(await mined(await wallet.writeContract(leave.request)), vault, susdaiAbi, "RedeemRequest").args.requestId;

  print([
    ["minted", `${formatUnits(minted, 18)} USDai`],
    ["staked", `${formatUnits(shares, 18)} sUSDai`],
    ["request", request.toString()],
  ]);
  await printPosition(account.address);
});

/** What an account has in the suite. */
async function printPosition(account: Address): Promise<void> {
  const ofVault = { address: vault, abi: susdaiAbi } as const;
  const [dollars, shares, claimable, ids] = await Promise.all([
    reader.readContract({ address: usdai, abi: usdaiAbi, functionName: "balanceOf", args: [account] }),
    reader.readContract({ ...ofVault, functionName: "balanceOf", args: [account] }),
    reader.readContract({ ...ofVault, functionName: "maxWithdraw", args: [account] }),
    reader.readContract({ ...ofVault, functionName: "redemptionIds", args: [account] }),
  ]);
  const worth = await reader.readContract({ ...ofVault, functionName: "convertToAssets", args: [shares] });
  const rows: [string, string][] = [
    ["account", account],
    ["USDai", formatUnits(dollars, 18)],
    ["sUSDai", formatUnits(shares, 18)],
    ["worth", `${formatUnits(worth, 18)} USDai`],
    ["claimable", `${formatUnits(claimable, 18)} USDai`],
  ];
  for (const id of ids) {
    // Where it stands is the auction's to say; when its turn can come, the vault's.
    const [request, redemption] = await Promise.all([
      reader.readContract({ address: auction, abi: qevAuctionAbi, functionName: "request", args: [id] }),
      reader.readContract({ ...ofVault, functionName: "redemption", args: [id] }),
    ]);
    const [, , state, pending, , , ahead] = request;
    const eligible = redemption[6];
    rows.push([
      `request ${id}`,
      `${qevAuctionRequestStateNames[state]}, ${formatUnits(pending, 18)} sUSDai, behind ${formatUnits(ahead, 18)}, eligible ${date(eligible)}`,
    ]);
  }
  print(rows);
}
