/**
 * The image's entry: `landfall web`, `landfall worker`, and one-time commands. It replaces itself with the requested
 * program, so that signals reach that program and nothing else runs beside it. Plain Node, without packages.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { FRUGAL, FRUGAL_MALLOC, FRUGAL_WORKER } from "./scripts/frugal.mjs";

/** Commands whose name differs from their program in dist/. */
const SERVERS = {
  web: { program: "server.js", flags: FRUGAL },
  worker: { program: "dist/worker.mjs", flags: FRUGAL_WORKER },
};

const [role = "web", ...args] = process.argv.slice(2);
const { program, flags } = SERVERS[role] ?? { program: `dist/${role}.mjs`, flags: [] };
const file = join(import.meta.dirname, program);

if (!/^[a-z-]+$/.test(role) || !existsSync(file)) {
  process.stderr.write(`There is no role ${role}: web, worker or migrate, as docs/install.md says.\n`);
  process.exit(2);
}

const { LANDFALL_DOMAIN: domain, HOST: host } = process.env;
process.execve(process.execPath, [process.execPath, ...flags, file, ...args], {
  ...process.env,
  ...FRUGAL_MALLOC,
  // Docker sets HOSTNAME to the container's name; Next's server would listen on that.
  HOSTNAME: host || "0.0.0.0",
  ...(domain && !process.env.NEXTAUTH_URL && { NEXTAUTH_URL: `https://${domain}` }),
});
