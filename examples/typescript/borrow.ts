// An underwriter signs the terms of a loan; the borrower takes it.
//
//   UNDERWRITER_KEY=0x… PRIVATE_KEY=0x… npx tsx borrow.ts <title> <principal in USDai>
import { caliberAbi, loanDomain, loanPoolAbi, loanPoolStatusNames, loanTermsTypes, type LoanTerms } from "@usdai/abi";
import { verifyTypedData } from "ethers";
import { formatUnits, parseUnits } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { deployment, mined, only, reader, run, walletOf } from "./client.js";
import { date, keyOf, print, type Hex } from "./environment.js";

const caliber = deployment.contract("caliber-nft");
const pool = deployment.contract("loan-pool");
const DAY = 86_400n;

await run(async () => {
  const [, , title, dollars] = process.argv;
  if (title === undefined || dollars === undefined) throw new Error("usage: npx tsx borrow.ts <title> <principal in USDai>");
  const wallet = walletOf("PRIVATE_KEY");
  const underwriter = privateKeyToAccount(keyOf("UNDERWRITER_KEY"));
  const { timestamp } = await reader.getBlock();
  const terms: LoanTerms = {
    borrower: wallet.account.address,
    underwriter: underwriter.address,
    collateralId: BigInt(title),
    principal: parseUnits(dollars, 18),
    duration: 360n * DAY,
    repaymentInterval: 30n * DAY,
    schedule: 1,
    gracePeriod: 10n * DAY,
    penaltyRate: 0n,
    originationFeeBps: 100,
    exitFeeBps: 50,
    expiry: timestamp + DAY,
    nonce: timestamp,
  };
  const signature = await sign(underwriter, terms);

  // The rate depends on the tranches that have cash: the borrower names the highest that he accepts.
  const ofPool = { address: pool, abi: loanPoolAbi } as const;
  const [, , , , rate] = await reader.readContract({ ...ofPool, functionName: "previewBorrow", args: [terms.collateralId, terms.principal] });
  await mined(await wallet.writeContract({ address: caliber, abi: caliberAbi, functionName: "approve", args: [pool, terms.collateralId] }));
  const { request } = await reader.simulateContract({
    account: wallet.account, ...ofPool, functionName: "borrow", args: [terms, signature, rate + rate / 1000n],
  });
  const receipt = await mined(await wallet.writeContract(request));
  const { loanId, originationFee, blendedRate } = only(receipt, pool, loanPoolAbi, "Borrowed").args;

  const [status] = await reader.readContract({ ...ofPool, functionName: "loan", args: [loanId] });
  const deadline = (await reader.readContract({ ...ofPool, functionName: "quote", args: [terms] }))[8];
  const [instalment] = await reader.readContract({ ...ofPool, functionName: "quote", args: [terms, deadline] });
  print([
    ["loan", loanId],
    ["nonce", terms.nonce.toString()],
    ["signature", signature],
    ["status", loanPoolStatusNames[status] ?? status.toString()],
    ["fee", `${formatUnits(originationFee, 18)} USDai`],
    ["rate", `${blendedRate} WAD per second`],
    ["instalment", `${formatUnits(instalment, 18)} USDai on ${date(deadline)}`],
  ]);
});

/** The underwriter's signature, made with viem, and read with ethers as a borrower might before he relies on it. */
async function sign(underwriter: ReturnType<typeof privateKeyToAccount>, terms: LoanTerms): Promise<Hex> {
  const domain = loanDomain(deployment.chainId, pool);
  const signature = await underwriter.signTypedData({ domain, types: loanTermsTypes, primaryType: "LoanTerms", message: terms });
  const signer = verifyTypedData({ ...domain }, { LoanTerms: [...loanTermsTypes.LoanTerms] }, terms, signature);
  if (signer !== underwriter.address) throw new Error(`${signer} has signed, not ${underwriter.address}`);
  return signature;
}
