// Reads `cargo metadata --no-deps` on standard input. Writes a line for every contract, that is every crate under
// crates/ that builds a cdylib: its name, and the directories of the crates of this workspace that it is made of.
"use strict";
const path = require("path");
const metadata = JSON.parse(require("fs").readFileSync(0, "utf8"));

const root = metadata.workspace_root;
const byDirectory = new Map(metadata.packages.map((pkg) => [path.dirname(pkg.manifest_path), pkg]));

function closure(directory, seen = new Set()) {
  if (seen.has(directory) || !byDirectory.has(directory)) return seen;
  seen.add(directory);
  for (const dependency of byDirectory.get(directory).dependencies) {
    if (dependency.path && dependency.kind !== "dev") closure(dependency.path, seen);
  }
  return seen;
}

for (const [directory, pkg] of [...byDirectory].sort()) {
  const isContract = pkg.targets.some((target) => target.kind.includes("cdylib"));
  if (!isContract || !directory.startsWith(path.join(root, "crates") + path.sep)) continue;
  const parts = [...closure(directory)].map((part) => path.relative(root, part)).sort();
  console.log([pkg.name, ...parts].join(" "));
}
