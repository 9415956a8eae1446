/** The image of the test hosts: built once per recipe, from Debian's own image or from its packages. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { findRuntime } from "../../scripts/runtime.mjs";
import { installPackages } from "./ensure-docker.mjs";
import { runCommand, succeeds } from "./run-command.mjs";

const recipe = findRecipe();
const BASE = "landfall-test/debian:bookworm";
const PULLED = "debian:bookworm";
/** Not in /tmp, which may forbid device files. One name, so that a killed run leaves no second one. */
const TREE = "/var/tmp/landfall-test-debian";
/** An unreachable registry may also be one that never answers. */
const PULL_WITHIN_MS = 90_000;
const BUILD_WITHIN_MS = 15 * 60_000;

/**
 * @param {(detail: string) => void} [report] @returns {Promise<string>} its tag
 */
export async function ensureImage(report = () => {}) {
  const programs = { node: realpathSync(findRuntime()), npm: findNpm() };
  const tag = `landfall-test/host:${hashRecipe(programs)}`;
  if (await succeeds(["docker", "image", "inspect", tag])) return tag;
  await ensureBase(report);
  report("its packages");
  await build(tag, programs);
  await removeOlder(tag);
  return tag;
}

/** @param {{ node: string, npm: string }} programs */
function hashRecipe({ npm }) {
  const hash = createHash("sha256").update(process.arch).update(process.versions.node);
  hash.update(JSON.parse(readFileSync(join(npm, "package.json"), "utf8")).version);
  for (const name of readdirSync(recipe).sort()) hash.update(`\n${name}\n`).update(readFileSync(join(recipe, name)));
  return hash.digest("hex").slice(0, 12);
}

/** Beside this file; a bundle that includes this code is elsewhere in the clone. */
function findRecipe() {
  const folders = ["image", "../../e2e/hosts/image"].map((path) => join(import.meta.dirname, path));
  return folders.find((folder) => existsSync(join(folder, "Dockerfile"))) ?? folders[0] ?? "";
}

/** The folder of the npm that runs this program: hosts get the same one. */
export function findNpm() {
  const candidates = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "npm"));
  const program = candidates.find((path) => existsSync(path));
  if (!program) throw new Error("npm was not found: put it on the PATH");
  return dirname(dirname(realpathSync(program)));
}

/** A minimal Debian. @param {(detail: string) => void} report @returns {Promise<string>} its tag */
export async function ensureBase(report) {
  if (await succeeds(["docker", "image", "inspect", BASE])) return BASE;
  report(`asking for ${PULLED}`);
  if (await succeeds(["docker", "pull", "--quiet", PULLED], { timeoutMs: PULL_WITHIN_MS })) {
    await runCommand(["docker", "tag", PULLED, BASE]);
    return BASE;
  }
  report("no image can be pulled, so Debian comes from its packages");
  await bootstrap();
  return BASE;
}

async function bootstrap() {
  if (!(await succeeds(["debootstrap", "--version"]))) await installPackages(["debootstrap", "debian-archive-keyring"]);
  if (process.getuid?.() !== 0) throw new Error("be root: no image can be pulled here, and debootstrap needs it");
  rmSync(TREE, { recursive: true, force: true });
  try {
    // Its mounts disappear with it, however it ends.
    const command = ["unshare", "--mount", "debootstrap", "--variant=minbase", "bookworm", TREE];
    await runCommand(command, { timeoutMs: BUILD_WITHIN_MS });
    await importTree();
  } finally {
    rmSync(TREE, { recursive: true, force: true });
  }
}

async function importTree() {
  const tar = spawn("tar", ["-C", TREE, "--exclude=./var/cache/apt/archives/*.deb", "-c", "."]);
  const load = spawn("docker", ["import", "-", BASE], { stdio: [tar.stdout, "ignore", "inherit"] });
  const codes = await Promise.all([tar, load].map((child) => new Promise((resolve) => child.once("exit", resolve))));
  if (codes.some((code) => code !== 0)) throw new Error("Debian's files could not be made an image");
}

/** @param {string} tag @param {{ node: string, npm: string }} programs */
async function build(tag, programs) {
  const context = mkdtempSync(join(tmpdir(), "landfall-test-image-"));
  try {
    cpSync(recipe, context, { recursive: true });
    cpSync(programs.node, join(context, "node"));
    cpSync(programs.npm, join(context, "npm"), { recursive: true });
    // The machine's own network, because its resolver and its proxy work.
    const command = ["docker", "build", "--network=host", "--build-arg", `BASE=${BASE}`, "--tag", tag, context];
    await runCommand(command, { timeoutMs: BUILD_WITHIN_MS });
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

/** The images of older recipes; an image that a host still uses stays. @param {string} tag */
async function removeOlder(tag) {
  const tags = await runCommand(["docker", "images", "--format", "{{.Repository}}:{{.Tag}}", "landfall-test/host"]);
  const older = tags.split("\n").filter((other) => other !== "" && other !== tag);
  for (const old of older) await succeeds(["docker", "image", "rm", old]);
}
