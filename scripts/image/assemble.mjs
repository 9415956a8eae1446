/**
 * Puts what the image runs into one folder: the web server as Next made it, our bundled programs with exactly the files
 * of packages that they can reach, and nothing else. `node scripts/image/assemble.mjs FOLDER`, after a build.
 */
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, realpathSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { nodeFileTrace } from "@vercel/nft";
import { PROGRAMS } from "../bundle.mjs";
import { root } from "../install.mjs";

/** Those that are for a clone: with an embedded database, a terminal, or tools of ours. */
const NOT_IN_IMAGE = ["console", "prepare", "demo", "preflight", "draft-migration", "deploy"];
/** Of the standalone server. What else Next puts there is the project's own files, which nothing reads. */
const WEB = ["server.js", "package.json", ".next", "public", "node_modules"];
/** From the clone, under the same path. */
const KEPT = ["prisma/migrations", "scripts/frugal.mjs", "LICENSE"];
/** The entry and what it starts without a build, beside the server. */
const ENTRY = ["scripts/image/landfall.mjs", "scripts/image/health.mjs"];
const IS_MAP = /\.map$/;

const [folder] = process.argv.slice(2);
if (!folder) throw new Error("Name the folder to fill: node scripts/image/assemble.mjs FOLDER");

const standalone = join(root, ".next/standalone");
for (const part of WEB) if (existsSync(join(standalone, part))) copy(join(standalone, part), join(folder, part));
for (const part of KEPT) copy(join(root, part), join(folder, part));
for (const file of ENTRY) copy(join(root, file), join(folder, file.replace("scripts/image/", "")));
await copyPrograms(Object.keys(PROGRAMS).filter((name) => !NOT_IN_IMAGE.includes(name)));

/** @param {string[]} names */
async function copyPrograms(names) {
  const parts = names.map((name) => `dist/${name}-parts`).filter((path) => existsSync(join(root, path)));
  const files = parts.flatMap((part) => readdirSync(join(root, part)).map((name) => `${part}/${name}`));
  const entries = [...names.map((name) => `dist/${name}.mjs`), ...files.filter((file) => !IS_MAP.test(file))];
  const { fileList } = await nodeFileTrace(
    entries.map((file) => join(root, file)),
    { base: root, mixedModules: true },
  );
  // Only what was named, and packages: a path that is put together while running can look like anything.
  for (const file of fileList)
    if (entries.includes(file) || file.startsWith("node_modules/")) copy(join(root, file), join(folder, file));
}

/** Links are followed, so that nothing in the folder leads out of it. @param {string} from @param {string} to */
function copy(from, to) {
  if (IS_MAP.test(from)) return;
  mkdirSync(dirname(to), { recursive: true });
  const source = realpathSync(from);
  const isWanted = (/** @type {string} */ path) => !IS_MAP.test(relative(source, path));
  if (statSync(source).isDirectory()) cpSync(source, to, { recursive: true, dereference: true, filter: isWanted });
  else copyFileSync(source, to);
}
