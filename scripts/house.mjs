#!/usr/bin/env node
/**
 * `npm run house`: measures the structure of the product's code, in figures that docs/architecture.md keeps. The
 * figures are not targets; only a cycle is an error, including cycles of type imports, which the linter does not see.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(import.meta.dirname, "..");
/** Minimum lines of a clone: a shorter repetition is a coincidence. */
const CLONE_LINES = 10;

/** @typedef {{ path: string, lines: string[], code: string[], imports: string[] }} SourceFile */

/**
 * The product's files as Git lists them: no tests, no test set-ups, nothing generated.
 *
 * @returns {SourceFile[]}
 */
export function readHouse(folder = root) {
  const listed = execFileSync(
    "git",
    ["ls-files", "--", "app", "components", "lib", "cli", "proxy.ts", "instrumentation.ts"],
    {
      cwd: folder,
      encoding: "utf8",
    },
  );
  const paths = listed.split("\n").filter((path) => isProduct(path) && existsSync(join(folder, path)));
  const known = new Set(paths);
  return paths.map((path) => readSource(folder, path, known));
}

/** @param {string} path */
function isProduct(path) {
  const isTest = /\.test\.tsx?$|(^|\/)test-[^/]+$|\/contract\/|-contract\.ts$|\.d\.ts$/.test(path);
  return /\.tsx?$/.test(path) && !isTest;
}

/** @param {string} folder @param {string} path @param {Set<string>} known @returns {SourceFile} */
function readSource(folder, path, known) {
  const text = readFileSync(join(folder, path), "utf8");
  const lines = text.trimEnd().split("\n");
  const statements = [...text.matchAll(/^(?:import|export)\b[^;]*?from "([^"]+)";|^import "([^"]+)";/gm)];
  const named = [...statements.map((match) => match[1] ?? match[2]), ...dynamicImports(text)];
  const imports = named.flatMap((name) => resolve(path, name ?? "", known) ?? []);
  return { path, lines, code: codeOf(text), imports: [...new Set(imports)] };
}

/** @param {string} text */
function dynamicImports(text) {
  return [...text.matchAll(/\bimport\(\s*"([^"]+)"\s*\)/g)].map((match) => match[1]);
}

/** @param {string} from @param {string} name @param {Set<string>} known */
function resolve(from, name, known) {
  const path = name.startsWith("@/") ? name.slice(2) : name.startsWith(".") ? join(dirname(from), name) : null;
  if (path === null) return null;
  return [".ts", ".tsx", "/index.ts", ""].map((end) => normalize(path) + end).find((each) => known.has(each)) ?? null;
}

/** Lines of code: no imports, comments or blank lines. @param {string} text */
function codeOf(text) {
  return text
    .replaceAll(/^import\b[^;]*;$/gm, "")
    .replaceAll(/\/\*[\s\S]*?\*\//g, "")
    .split("\n")
    .map((line) => line.replace(/^\s*\/\/.*$/, "").trim())
    .filter((line) => line !== "");
}

/** @param {SourceFile[]} files */
export function figuresOf(files) {
  const lengths = files.map(({ lines }) => lines.length).sort((one, other) => one - other);
  const at = (/** @type {number} */ share) => lengths[Math.min(lengths.length - 1, Math.floor(lengths.length * share))];
  const importers = countImporters(files);
  const imported = [...importers.values()].filter((count) => count > 0);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const importLines = files.reduce((sum, { lines }) => sum + linesOfImports(lines), 0);
  return {
    files: files.length,
    lines: total,
    median: at(0.5),
    p90: at(0.9),
    max: lengths.at(-1),
    under15: files.filter(({ code }) => code.length < 15).length,
    oneImporter: imported.filter((count) => count === 1).length,
    imported: imported.length,
    importShare: importLines / total,
    cloneShare: cloneShare(files),
    cycles: findCycles(files),
  };
}

/** @param {SourceFile[]} files */
function countImporters(files) {
  const counts = new Map(files.map(({ path }) => [path, 0]));
  for (const { imports } of files) for (const path of imports) counts.set(path, (counts.get(path) ?? 0) + 1);
  return counts;
}

/** @param {string[]} lines */
function linesOfImports(lines) {
  return (lines.join("\n").match(/^import\b[^;]*;$/gm) ?? []).reduce((sum, text) => sum + text.split("\n").length, 0);
}

/** The share of code lines in a run of ten or more lines that occurs again. @param {SourceFile[]} files */
function cloneShare(files) {
  /** @type {Map<string, [SourceFile, number][]>} */
  const runs = new Map();
  for (const file of files) {
    for (let at = 0; at + CLONE_LINES <= file.code.length; at++) {
      const run = file.code.slice(at, at + CLONE_LINES).join("\n");
      runs.set(run, [...(runs.get(run) ?? []), [file, at]]);
    }
  }
  const twice = new Set();
  for (const places of runs.values()) {
    if (places.length < 2) continue;
    for (const [{ path }, at] of places)
      for (let line = 0; line < CLONE_LINES; line++) twice.add(`${path}:${at + line}`);
  }
  return twice.size / files.reduce((sum, { code }) => sum + code.length, 0);
}

/** Groups of files that import each other (Tarjan's strongly connected components). @param {SourceFile[]} files */
export function findCycles(files) {
  const byPath = new Map(files.map((file) => [file.path, file]));
  /** @type {Map<string, { index: number, low: number }>} */
  const seen = new Map();
  /** @type {string[]} */
  const stack = [];
  /** @type {string[][]} */
  const cycles = [];
  for (const { path } of files) if (!seen.has(path)) visit(path);
  return cycles;

  /** @param {string} path */
  function visit(path) {
    const node = { index: seen.size, low: seen.size };
    seen.set(path, node);
    stack.push(path);
    for (const next of byPath.get(path)?.imports ?? []) {
      const known = seen.get(next);
      if (known === undefined) node.low = Math.min(node.low, visit(next));
      else if (stack.includes(next)) node.low = Math.min(node.low, known.index);
    }
    if (node.low === node.index) {
      const group = stack.splice(stack.indexOf(path));
      if (group.length > 1) cycles.push(group.sort());
    }
    return node.low;
  }
}

/** The files of one docker deployment, from form to container and back, as docs/architecture.md lists them. */
export function readWalk(folder = root) {
  const text = readFileSync(join(folder, "docs/architecture.md"), "utf8");
  const section = /## One deployment, file by file\n([\s\S]*?)(?=\n## |$)/.exec(text)?.[1] ?? "";
  return [...section.matchAll(/`((?:app|components|lib|proxy)[^`\s]*\.tsx?)`/g)].map((match) => match[1] ?? "");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { cycles, ...figures } = figuresOf(readHouse());
  const percent = (/** @type {number} */ share) => `${(share * 100).toFixed(1)} %`;
  const rows = [
    ["product files", figures.files],
    ["lines", figures.lines],
    ["lines of a file: median / p90 / max", `${figures.median} / ${figures.p90} / ${figures.max}`],
    ["files under 15 lines of code", `${figures.under15} (${percent(figures.under15 / figures.files)})`],
    [
      "files with one importer",
      `${figures.oneImporter} of ${figures.imported} (${percent(figures.oneImporter / figures.imported)})`,
    ],
    ["lines that are imports", percent(figures.importShare)],
    ["lines in clones of ten lines or more", percent(figures.cloneShare)],
    ["files of one docker deployment", new Set(readWalk()).size],
    ["cycles of files, types too", cycles.length],
  ];
  for (const [title, value] of rows) process.stdout.write(`${String(title).padEnd(38)} ${value}\n`);
  for (const cycle of cycles) process.stdout.write(`  ${cycle.join(" ⇄ ")}\n`);
  process.exitCode = cycles.length > 0 ? 1 : 0;
}
