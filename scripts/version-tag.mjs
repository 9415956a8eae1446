#!/usr/bin/env node
/**
 * `npm run version:tag patch|minor|major [-- --yes]`: sets the next version in package.json, its lock file and the
 * changelog, commits and tags it. Shows all changes and asks first. Plain Node: it runs without the install.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { bold, dim, say, sayFailure } from "./screen.mjs";

const STEPS = /** @type {const} */ (["major", "minor", "patch"]);
const UNRELEASED = "## Unreleased";

/** @param {string[]} args @param {string} directory */
async function tagVersion(args, directory) {
  const [step = "", ...others] = args.filter((arg) => arg !== "--yes");
  if (!STEPS.includes(/** @type {never} */ (step)) || others.length > 0)
    throw new Error("Say which number goes up: npm run version:tag patch, minor or major.");
  const plan = makePlan(/** @type {typeof STEPS[number]} */ (step), directory);
  show(plan);
  if (!args.includes("--yes") && !(await agrees())) return say("Nothing was changed.");
  carryOut(plan, directory);
  say(`${bold(plan.tag)} is made. Push it, and the release is built: git push --follow-tags`);
}

/**
 * @typedef {{from: string, to: string, tag: string, changes: string, commits: string, files: Record<string, string>}} Plan
 * @param {typeof STEPS[number]} step @param {string} directory @returns {Plan}
 */
function makePlan(step, directory) {
  if (git(directory, "status", "--porcelain") !== "")
    throw new Error("There are changes that are not committed: commit them or put them away, then try again.");
  const from = JSON.parse(read(directory, "package.json")).version;
  const to = next(from, step);
  const tag = `v${to}`;
  if (git(directory, "tag", "--list", tag) !== "") throw new Error(`There is a tag ${tag} already.`);
  const { changelog, changes } = release(read(directory, "CHANGELOG.md"), to);
  const last = git(directory, "tag", "--list", "v*", "--merged", "HEAD", "--sort=-v:refname").split("\n")[0];
  const commits = git(directory, "log", "--format=- %s", last ? `${last}..HEAD` : "HEAD");
  const files = {
    "package.json": withVersion(read(directory, "package.json"), from, to, 1),
    "package-lock.json": withVersion(read(directory, "package-lock.json"), from, to, 2),
    "CHANGELOG.md": changelog,
  };
  return { from, to, tag, changes, commits, files };
}

/** @param {string} version @param {typeof STEPS[number]} step */
function next(version, step) {
  const numbers = version.split(".").map(Number);
  const at = STEPS.indexOf(step);
  return STEPS.map((_, index) => (index < at ? numbers[index] : index === at ? (numbers[index] ?? 0) + 1 : 0)).join(
    ".",
  );
}

/**
 * Moves the unreleased changes under their version and today's date, and leaves an empty section for the next ones.
 * @param {string} changelog @param {string} version
 */
function release(changelog, version) {
  const [before = "", after] = changelog.split(`${UNRELEASED}\n`);
  if (after === undefined) throw new Error(`CHANGELOG.md has no heading "${UNRELEASED}".`);
  const changes = (after.split(/^## /m)[0] ?? "").trim();
  if (changes === "")
    throw new Error("Nothing stands under Unreleased in CHANGELOG.md: write down what changed first.");
  const today = new Date().toISOString().slice(0, 10);
  return { changes, changelog: `${before}${UNRELEASED}\n\n## ${version} (${today})\n${after}` };
}

/**
 * The file with another version in its first lines and no other change.
 * @param {string} text @param {string} from @param {string} to @param {number} times
 */
function withVersion(text, from, to, times) {
  const parts = text.split(`"version": "${from}"`);
  if (parts.length <= times)
    throw new Error(`The version ${from} was not found where it should be: npm install mends the lock file.`);
  const replaced = parts.slice(0, times + 1).join(`"version": "${to}"`);
  return [replaced, ...parts.slice(times + 1)].join(`"version": "${from}"`);
}

/** @param {Plan} plan */
function show({ from, tag, changes, commits }) {
  say();
  say(`${bold(tag)} ${dim(`after ${from}`)}`);
  say();
  for (const line of changes.split("\n")) say(line);
  say();
  say(dim("Commits since the last tag:"));
  for (const line of commits.split("\n")) say(dim(line));
  say();
}

async function agrees() {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const ended = new Promise((resolve) => terminal.once("close", () => resolve("")));
  const said = await Promise.race([terminal.question("  Commit and tag this? [y/N] "), ended]);
  terminal.close();
  return /^y(es)?$/i.test(String(said).trim());
}

/** @param {Plan} plan @param {string} directory */
function carryOut({ tag, changes, commits, files }, directory) {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  git(directory, "add", ...Object.keys(files));
  git(directory, "commit", "--quiet", "--message", `Version ${tag.slice(1)}`);
  // By default git would strip a changelog's headings as comments.
  git(
    directory,
    "tag",
    "--annotate",
    tag,
    "--cleanup=verbatim",
    "--message",
    `${tag}\n\n${changes}\n\nCommits\n\n${commits}\n`,
  );
}

/** @param {string} directory @param {string} name */
function read(directory, name) {
  return readFileSync(join(directory, name), "utf8");
}

/** @param {string} directory @param {string[]} args */
function git(directory, ...args) {
  const { status, stdout, stderr, error } = spawnSync("git", args, { cwd: directory, encoding: "utf8" });
  if (error) throw error;
  if (status !== 0) throw new Error(`git ${args[0]} failed: ${stderr.trim()}`);
  return stdout.trim();
}

try {
  await tagVersion(process.argv.slice(2), process.cwd());
} catch (error) {
  sayFailure(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
