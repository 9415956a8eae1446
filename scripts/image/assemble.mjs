/**
 * Collects the image's contents in one folder: Next's web server, our bundled programs and exactly the package files
 * that they can reach. `node scripts/image/assemble.mjs FOLDER`, after a build.
 */
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, realpathSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { nodeFileTrace } from "@vercel/nft";
import { PROGRAMS } from "../bundle.mjs";
import { root } from "../install.mjs";

/** Programs for a clone only: they need an embedded database, a terminal, or our tools. */
const NOT_IN_IMAGE = ["console", "prepare", "demo", "preflight", "draft-migration", "deploy"];
/** Taken from the standalone server. Next also copies the project's own files there, which nothing reads. */
const WEB = ["server.js", "package.json", ".next", "public", "node_modules"];
/** Copied from the clone, under the same path. */
const KEPT = ["prisma/migrations", "scripts/frugal.mjs", "LICENSE"];
/** The entry and the unbuilt scripts that it starts, beside the server. */
const ENTRY = ["scripts/image/landfall.mjs", "scripts/image/health.sh"];
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
  // Only named files and packages: a path that is composed at run time can match anything.
  for (const file of fileList)
    if (entries.includes(file) || file.startsWith("node_modules/")) copy(join(root, file), join(folder, file));
}

/** Links are followed, so that no link points out of the folder. @param {string} from @param {string} to */
function copy(from, to) {
  if (IS_MAP.test(from)) return;
  mkdirSync(dirname(to), { recursive: true });
  const source = realpathSync(from);
  const isWanted = (/** @type {string} */ path) => !IS_MAP.test(relative(source, path));
  if (statSync(source).isDirectory()) cpSync(source, to, { recursive: true, dereference: true, filter: isWanted });
  else copyFileSync(source, to);
}
