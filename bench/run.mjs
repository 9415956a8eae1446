/** `npm run bench [-- scenario …]`: bundles this folder as the product is bundled, and runs the given scenarios. */
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

await build({
  absWorkingDir: root,
  entryPoints: {
    main: "bench/main.ts",
    viewers: "bench/programs/viewers.ts",
    load: "bench/programs/load.ts",
  },
  outdir: "dist/bench",
  outExtension: { ".js": ".mjs" },
  packages: "external",
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node22",
  alias: { "@": root.replace(/\/$/, "") },
  sourcemap: true,
  logLevel: "warning",
});
const { runBench } = await import(pathToFileURL(`${root}dist/bench/main.mjs`).href);
await runBench(root, process.argv.slice(2));
