// Builds the programs that run beside the web server: `node scripts/bundle.mjs` builds all, with names only the named.
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { httpWithoutWebSocket, inlined, unused, wasmAsFile } from "./bundle-plugins.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Packages of which a worker loads only the main file: name → main file. */
const INLINE = {
  ...{ zod: "index.js", "pg-boss": "dist/index.js", "cron-parser": "dist/index.js", luxon: "src/luxon.js" },
  ...{ uuid: "dist-node/index.js" },
};
/** Of pg-boss, for schedules that are calendar rules; ours are cron expressions. */
const UNUSED = { "rrule-temporal": ["RRuleTemporal"] };

/**
 * `packages: "external"` leaves packages in node_modules; "bundle" puts everything into the one file. `splitting` keeps
 * dynamic imports in files of their own, so that a process which never needs them does not load them. `inline` packages
 * are bundled as well: V8 keeps the source text of what it runs, and zod's 50 languages, pg-boss's comments and the
 * time zones of luxon would cost 5 MiB. `unused` packages are left out. `standsAlone` programs run on any machine with
 * Node.js 20, as one file.
 */
export const PROGRAMS = {
  supervisor: { entry: "lib/drivers/process/supervisor/main.ts", packages: "bundle" },
  // The package's main file for Node.js is CommonJS, which a module cannot load parts of Node.js from.
  cli: { entry: "cli/main.ts", packages: "bundle", standsAlone: true, inline: { yaml: "browser/index.js" } },
  worker: { entry: "lib/worker/main.ts", packages: "external", splitting: true, inline: INLINE, unused: UNUSED },
  console: { entry: "scripts/console/main.ts", packages: "external" },
  prepare: { entry: "scripts/console/prepare.ts", packages: "external" },
  demo: { entry: "scripts/console/demo.ts", packages: "external" },
  migrate: { entry: "scripts/image/migrate.ts", packages: "external" },
  backup: { entry: "scripts/backups/backup.ts", packages: "external" },
  restore: { entry: "scripts/backups/restore.ts", packages: "external" },
  "rotate-key": { entry: "scripts/rotate-key.ts", packages: "external" },
  preflight: { entry: "scripts/check-dokploy.ts", packages: "external" },
  "draft-migration": { entry: "scripts/draft-migration.ts", packages: "external" },
};

/** Built only on request. */
const OTHERS = {
  deploy: { entry: "scripts/deploy/main.ts", packages: "external" },
  "dokploy-stand-in": { entry: "e2e/dokploy/stand-in.ts", packages: "external" },
};

export async function bundle(name, outdir = `${root}dist`) {
  const program = PROGRAMS[name] ?? OTHERS[name];
  if (!program) throw new Error(`No program ${name}: choose from ${Object.keys(PROGRAMS).join(", ")}.`);
  const chunks = `${name}-parts`;
  if (program.splitting) await rm(`${outdir}/${chunks}`, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: { [name]: program.entry },
    packages: program.packages,
    splitting: program.splitting ?? false,
    outdir,
    outExtension: { ".js": ".mjs" },
    chunkNames: `${chunks}/[name]-[hash]`,
    bundle: true,
    platform: "node",
    format: "esm",
    target: program.standsAlone ? "node20" : "node22",
    alias: { "@": root.replace(/\/$/, "") },
    plugins: [
      ...(program.standsAlone ? [] : [httpWithoutWebSocket()]),
      ...[inlined(program.inline), unused(program.unused)],
      ...(program.splitting ? [wasmAsFile(`${outdir}/${chunks}`)] : []),
    ],
    // V8 keeps the source text, at two bytes a character once a comment or an expression contains a single "…".
    minifyWhitespace: true,
    charset: "ascii",
    sourcemap: !program.standsAlone,
    logLevel: "warning",
  });
  return `${outdir}/${name}.mjs`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const asked = process.argv.slice(2);
  await Promise.all((asked.length > 0 ? asked : Object.keys(PROGRAMS)).map((name) => bundle(name)));
}
