/**
 * Where the data is when no setting names a place. Never inside the clone: a service there would treat the clone as the
 * package that it belongs to, with its module type, its node_modules and its configuration. A link in the clone,
 * `.data`, points to it. Plain Node: it runs before the install.
 */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";

/** What makes a folder a package, or the root of one, for Node.js, npm, Git and similar tools. */
const MARKS = ["package.json", "node_modules", "package-lock.json", "pnpm-lock.yaml", "yarn.lock", ".git"];
/** In a data directory that was moved out of a clone: its former path. Services deployed there know it by that path. */
const MOVED_FROM = "moved-from";

/** The first mark of a package in a folder above this one; null when there is none. @param {string} folder */
export function packageAbove(folder) {
  for (let at = dirname(folder); ; at = dirname(at)) {
    const mark = MARKS.find((name) => existsSync(join(at, name)));
    if (mark) return join(at, mark);
    if (at === dirname(at)) return null;
  }
}

/** @param {string} root of the clone */
function linkIn(root) {
  return join(root, ".data");
}

/** Changes nothing: where a clone's data is, or where its link will be. @param {string} root */
export function findDataDirectory(root) {
  const link = linkIn(root);
  const target = linkTarget(link);
  // Units and containers are named after the path of the data directory at their deployment.
  return target === null || movedFrom(target) === link ? link : target;
}

/**
 * Creates the data directory of a clone, or moves out of the clone one that an older version created there.
 * @param {string} root @param {string[]} parents folders that may contain it, best first
 */
export function settleDataDirectory(root, parents = standardParents(root)) {
  const link = linkIn(root);
  finishMove(root);
  const target = linkTarget(link);
  if (target !== null) mkdirSync(target, { recursive: true, mode: 0o711 });
  else if (existsSync(link)) beginMove(root, choosePlace(root, parents));
  else symlinkSync(makePlace(choosePlace(root, parents)), link);
  return findDataDirectory(root);
}

/** @param {string} root */
function standardParents(root) {
  const { XDG_DATA_HOME: given = "" } = process.env;
  const own = join(isAbsolute(given) ? given : join(homedir(), ".local/share"), "landfall");
  const beside = join(dirname(root), ".landfall");
  return process.getuid?.() === 0 ? ["/var/lib/landfall", own, beside] : [own, beside];
}

/** A new name in the first writable folder with no package above. @param {string} root @param {string[]} parents */
function choosePlace(root, parents) {
  const usable = parents.filter(canHold);
  const parent = usable.find((folder) => packageAbove(join(folder, "x")) === null) ?? usable[0];
  if (parent === undefined)
    throw new Error(
      `There is no place for Landfall's data (tried ${parents.join(", ")}): name a folder that your user may write to with LANDFALL_DATA_DIR.`,
    );
  const name = basename(root)
    .replaceAll(/[^A-Za-z0-9_-]/g, "-")
    .slice(0, 32);
  return join(parent, `${name}-${randomBytes(3).toString("hex")}`);
}

/** @param {string} folder */
function canHold(folder) {
  try {
    // Other users need to reach their own files below it.
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    const trial = join(folder, `.trial-${process.pid}`);
    mkdirSync(trial);
    rmSync(trial, { recursive: true });
    return true;
  } catch {
    return false;
  }
}

/** @param {string} place */
function makePlace(place) {
  mkdirSync(place, { mode: 0o711 });
  return place;
}

/** The link is written first: the next start completes an interrupted move. @param {string} root @param {string} place */
function beginMove(root, place) {
  symlinkSync(place, `${linkIn(root)}.moving`);
  finishMove(root);
}

/** @param {string} root */
function finishMove(root) {
  const link = linkIn(root);
  const moving = `${link}.moving`;
  const place = linkTarget(moving);
  if (place === null) return;
  if (!existsSync(place)) moveFolder(link, place);
  else if (linkTarget(link) === null && existsSync(link)) renameSync(link, `${link}.old`); // copied, not yet removed
  writeFileSync(join(place, MOVED_FROM), `${link}\n`);
  renameSync(moving, link);
  rmSync(`${link}.old`, { recursive: true, force: true });
}

/** @param {string} from @param {string} to */
function moveFolder(from, to) {
  try {
    renameSync(from, to);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EXDEV") throw error;
    const partial = `${to}.partial`;
    rmSync(partial, { recursive: true, force: true });
    execFileSync("cp", ["-a", "--", from, partial]); // keeps owners: Postgres has a user of its own
    renameSync(partial, to);
    renameSync(from, `${from}.old`);
  }
}

/** The target of a link; null for anything else. @param {string} path */
function linkTarget(path) {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isSymbolicLink() ? resolve(dirname(path), readlinkSync(path)) : null;
}

/** @param {string} folder */
function movedFrom(folder) {
  const file = join(folder, MOVED_FROM);
  return existsSync(file) ? readFileSync(file, "utf8").trim() : null;
}
