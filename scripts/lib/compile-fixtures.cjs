// compile-fixtures.cjs <output directory> <source directory…>: compiles every Solidity file there, and writes one JSON
// file for each contract that has code. Interfaces have none: they are compiled to see that they are sound.
"use strict";
const fs = require("fs");
const path = require("path");
const solc = require("solc");

const [outputDirectory, ...sourceDirectories] = process.argv.slice(2);
const sources = {};
for (const directory of sourceDirectories) {
  for (const file of fs.readdirSync(directory).sort()) {
    if (!file.endsWith(".sol")) continue;
    const name = path.join(directory, file);
    sources[name] = { content: fs.readFileSync(name, "utf8") };
  }
}

const output = JSON.parse(
  solc.compile(
    JSON.stringify({
      language: "Solidity",
      sources,
      settings: {
        evmVersion: "cancun",
        optimizer: { enabled: true, runs: 200 },
        metadata: { appendCBOR: false, bytecodeHash: "none" },
        outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
      },
    }),
    {
      import: (name) =>
        name in sources ? { contents: sources[name].content } : { error: `${name} is not there` },
    },
  ),
);

// Warnings count: the doubles are small enough to be clean.
const problems = output.errors ?? [];
for (const problem of problems) console.error(problem.formattedMessage);
if (problems.length > 0) process.exit(1);

for (const contracts of Object.values(output.contracts)) {
  for (const [name, contract] of Object.entries(contracts)) {
    const bytecode = contract.evm.bytecode.object;
    // Interfaces and abstract contracts have no code.
    if (bytecode === "") continue;
    const file = path.join(outputDirectory, `${name}.json`);
    fs.writeFileSync(file, JSON.stringify({ abi: contract.abi, bytecode: `0x${bytecode}` }) + "\n");
  }
}
