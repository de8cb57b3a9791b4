// Reads a Hardhat artifact on standard input and writes its ABI and creation code.
"use strict";
const artifact = JSON.parse(require("fs").readFileSync(0, "utf8"));
if (Object.keys(artifact.linkReferences ?? {}).length > 0) {
  throw new Error(`${artifact.contractName} needs linking`);
}
process.stdout.write(JSON.stringify({ abi: artifact.abi, bytecode: artifact.bytecode }) + "\n");
