/** What would fail a start later, checked before minutes of work. Plain Node: it runs before the install. */
import { accessSync, chmodSync, constants, existsSync, mkdirSync, realpathSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { userInfo } from "node:os";
import { join, resolve } from "node:path";
import { findDataDirectory, packageAbove, settleDataDirectory } from "./data-directory.mjs";
import { root } from "./install.mjs";
import { findRunningConsole } from "./running-console.mjs";
import { say } from "./screen.mjs";

/** Settings may also be in a file `.env` in the clone; the environment takes precedence. */
export function loadSettingsFile() {
  const file = join(root, ".env");
  if (!existsSync(file)) return;
  // Services of all users run on this machine, and could read a file that everyone may read.
  if (process.getuid?.() === 0 && (statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
  process.loadEnvFile?.(file);
}

/** The data directory that exists or will be created. @returns {string} */
export function dataDirectory() {
  return givenDirectory() ?? findDataDirectory(root);
}

/** The directory that a setting names, unless it is the default. */
function givenDirectory() {
  const given = resolve(root, process.env.LANDFALL_DATA_DIR || ".data");
  return given === join(root, ".data") ? null : given;
}

/** Rejects with a sentence that says what to do. */
export async function checkSurroundings() {
  checkWritable(root, "clone Landfall to a place of your own");
  const above = packageAbove(givenDirectory() ?? realpathSync(settleDataDirectory(root)));
  if (above !== null)
    say(
      `${dataDirectory()} is below ${above}, which services on this machine would see: better name a folder outside of it with LANDFALL_DATA_DIR.`,
    );
  checkWritable(dataDirectory(), "choose another with LANDFALL_DATA_DIR");
  const other = findRunningConsole(dataDirectory());
  if (other)
    throw new Error(
      `Landfall already runs from this data directory (process ${other.pid}) at ${other.address}: open that, or stop it first.`,
    );
  await checkPort(process.env.HOST || "127.0.0.1", Number(process.env.PORT || 3000));
}

/** @param {string} directory @param {string} otherwise */
function checkWritable(directory, otherwise) {
  try {
    mkdirSync(directory, { recursive: true });
    accessSync(directory, constants.W_OK | constants.X_OK);
  } catch {
    throw new Error(
      `${directory} cannot be written: give your user (${userInfo().username}) that folder, or ${otherwise}.`,
    );
  }
}

/** @param {string} host @param {number} port */
function checkPort(host, port) {
  if (!(port >= 1 && port <= 65_535)) return; // reported with all other settings, once they can be read
  return /** @type {Promise<void>} */ (
    new Promise((done, fail) => {
      const server = createServer();
      server.once("error", (/** @type {NodeJS.ErrnoException} */ error) =>
        fail(new Error(complaint(error, host, port))),
      );
      server.listen(port, host, () => server.close(() => done()));
    })
  );
}

/** @param {NodeJS.ErrnoException} error @param {string} host @param {number} port */
function complaint(error, host, port) {
  if (error.code === "EADDRINUSE")
    return `Port ${port} is taken by another program: stop that program, or choose another port with PORT=${port + 1} npm start.`;
  if (error.code === "EACCES")
    return `Your user may not open port ${port}: choose one above 1023, for example with PORT=3000 npm start.`;
  return `${host}:${port} cannot be listened on (${error.code}): set HOST to an address of this machine.`;
}
