/**
 * Which console uses a data directory: two would conflict over its database. Plain Node: it runs before the install.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** @param {string} dataDirectory */
function recordIn(dataDirectory) {
  return join(dataDirectory, "console.json");
}

/** @param {string} dataDirectory @returns {{pid: number, born: string, address: string} | undefined} */
export function findRunningConsole(dataDirectory) {
  const file = recordIn(dataDirectory);
  if (!existsSync(file)) return undefined;
  const record = JSON.parse(readFileSync(file, "utf8"));
  const born = bornAt(record.pid);
  return record.pid !== process.pid && born !== undefined && record.born === born ? record : undefined;
}

/** Claims the data directory; false when another has it. @param {string} dataDirectory @param {string} address */
export function claimDataDirectory(dataDirectory, address) {
  if (findRunningConsole(dataDirectory)) return false;
  rmSync(recordIn(dataDirectory), { force: true });
  const record = { pid: process.pid, born: bornAt(process.pid), address };
  try {
    writeFileSync(recordIn(dataDirectory), JSON.stringify(record), { mode: 0o600, flag: "wx" });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "EEXIST") return false;
    throw error;
  }
}

/** @param {string} dataDirectory */
export function releaseDataDirectory(dataDirectory) {
  rmSync(recordIn(dataDirectory), { force: true });
}

/**
 * When a process was started, in the kernel's ticks: this detects a process id that has been reused.
 * @param {number} pid @returns {string | undefined}
 */
function bornAt(pid) {
  try {
    const afterName = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1) ?? "";
    return afterName.split(" ")[19];
  } catch {
    return undefined; // the process no longer exists
  }
}
