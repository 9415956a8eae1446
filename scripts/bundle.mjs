// Builds the programs that run beside the web server: `node scripts/bundle.mjs` builds all, with names only the named.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Packages of which a worker loads only the main file: name → main file. */
const INLINE = { zod: "index.js", "pg-boss": "dist/index.js", "cron-parser": "dist/index.js", luxon: "src/luxon.js" };

/**
 * `packages: "external"` leaves packages in node_modules; "bundle" puts everything into the one file. `splitting` keeps
 * dynamic imports in files of their own, so that a process which never needs them does not load them. `inline` packages
 * are bundled as well: V8 keeps the source text of what it runs, and zod's 50 languages, pg-boss's comments and the
 * time zones of luxon would cost 5 MiB.
 */
export const PROGRAMS = {
  supervisor: { entry: "lib/drivers/process/supervisor/main.ts", packages: "bundle" },
  worker: { entry: "lib/worker/main.ts", packages: "external", splitting: true, inline: INLINE },
  console: { entry: "scripts/console/main.ts", packages: "external" },
  prepare: { entry: "scripts/console/prepare.ts", packages: "external" },
  demo: { entry: "scripts/console/demo.ts", packages: "external" },
  migrate: { entry: "scripts/image/migrate.ts", packages: "external" },
  "worker-health": { entry: "scripts/image/worker-health.ts", packages: "external" },
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
    target: "node22",
    alias: { "@": root.replace(/\/$/, "") },
    plugins: [inlined(program.inline), ...(program.splitting ? [wasmAsFile(`${outdir}/${chunks}`)] : [])],
    // V8 keeps the source text, at two bytes a character once a comment or an expression contains a single "…".
    minifyWhitespace: true,
    charset: "ascii",
    sourcemap: true,
    logLevel: "warning",
  });
  return `${outdir}/${name}.mjs`;
}

/**
 * Prisma ships its query compiler as text in a module. A process then has it twice beside the compiler itself: as the
 * module's source and as its constant. Reading it from a file saves 3 MiB.
 * @param {string} folder where the modules of dynamic imports are written @returns {import("esbuild").Plugin}
 */
function wasmAsFile(folder) {
  const name = "query-compiler.wasm";
  const contents = `
    import { readFileSync } from "node:fs";
    export const wasm = readFileSync(new URL("${name}", import.meta.url));`;
  return {
    name: "wasm-as-file",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /\.wasm-base64\.mjs$/ }, ({ path }) => ({ path, namespace: "wasm" }));
      onLoad({ filter: /./, namespace: "wasm" }, async ({ path }) => {
        const { wasm } = await import(path);
        await mkdir(folder, { recursive: true });
        await writeFile(`${folder}/${name}`, Buffer.from(wasm, "base64"));
        return { contents };
      });
    },
  };
}

/**
 * Bundles the main file of a package, but not its other files that are imported by path.
 * @param {Record<string, string>} [packages] name → its main file @returns {import("esbuild").Plugin}
 */
function inlined(packages = {}) {
  return {
    name: "inlined",
    setup({ onResolve }) {
      for (const [name, file] of Object.entries(packages))
        onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path: `${root}node_modules/${name}/${file}` }));
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const asked = process.argv.slice(2);
  await Promise.all((asked.length > 0 ? asked : Object.keys(PROGRAMS)).map((name) => bundle(name)));
}
