// Compiles src to dist: ES modules, CommonJS, and the types of both. Takes the licences along, which npm wants here.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");

rmSync(join(here, "dist"), { recursive: true, force: true });
for (const project of ["tsconfig.json", "tsconfig.cjs.json"]) {
  execFileSync(process.execPath, [compiler, "-p", join(here, project)], { stdio: "inherit" });
}
// The package is one of ES modules; this part of it is not.
writeFileSync(join(here, "dist", "cjs", "package.json"), '{ "type": "commonjs" }\n');

const root = join(here, "..");
for (const file of readdirSync(root).filter((file) => file.startsWith("LICENSE-"))) {
  if (existsSync(join(here, file))) rmSync(join(here, file));
  copyFileSync(join(root, file), join(here, file));
}
