/** What the bundler does to packages so that a process which runs all day holds less of them in memory. */
import { mkdir, writeFile } from "node:fs/promises";
import { getBuiltinModule } from "node:process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Bundles the main file of a package, but not its other files that are imported by path.
 * @param {Record<string, string>} [packages] name → its main file @returns {import("esbuild").Plugin}
 */
export function inlined(packages = {}) {
  return {
    name: "inlined",
    setup({ onResolve }) {
      for (const [name, file] of Object.entries(packages))
        onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path: `${root}node_modules/${name}/${file}` }));
    },
  };
}

/**
 * Replaces packages that others import and that no process of ours calls: name → the classes imported from it.
 * @param {Record<string, string[]>} [packages] @returns {import("esbuild").Plugin}
 */
export function unused(packages = {}) {
  return {
    name: "unused",
    setup({ onResolve, onLoad }) {
      for (const name of Object.keys(packages))
        onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path: name, namespace: "unused" }));
      onLoad({ filter: /./, namespace: "unused" }, ({ path }) => {
        const thrown = JSON.stringify(`${path} is not part of this program (scripts/bundle.mjs)`);
        const classes = packages[path]?.map(
          (name) => `export class ${name} { constructor() { throw new Error(${thrown}) } }`,
        );
        return { contents: classes?.join("\n") ?? "" };
      });
    },
  };
}

/**
 * An `import` of node:http reads every export of it, also `WebSocket`, which loads an HTTP client, HTTP/2 and web
 * streams: 10 MiB for what a process of ours does not use.
 * @returns {import("esbuild").Plugin}
 */
export function httpWithoutWebSocket() {
  const names = Object.keys(getBuiltinModule("node:http")).filter((name) => /^[A-Z_]*[a-z]\w*$/i.test(name));
  const wanted = names.filter((name) => !["WebSocket", "CloseEvent", "MessageEvent"].includes(name));
  const contents = `
    const http = process.getBuiltinModule("node:http");
    export default http;
    export const { ${wanted.join(", ")} } = http;`;
  return {
    name: "http-without-web-socket",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^node:http$/ }, ({ kind }) =>
        kind === "import-statement" ? { path: "node:http", namespace: "http" } : null,
      );
      onLoad({ filter: /./, namespace: "http" }, () => ({ contents }));
    },
  };
}

/**
 * Prisma ships its query compiler as text in a module. A process then has it twice beside the compiler itself: as the
 * module's source and as its constant. Prisma makes a buffer of what the constant's value is, so it is read from a file
 * when it is needed, and not kept: 5 MiB less.
 * @param {string} folder where the modules of dynamic imports are written @returns {import("esbuild").Plugin}
 */
export function wasmAsFile(folder) {
  const name = "query-compiler.wasm";
  const contents = `
    import { readFileSync } from "node:fs";
    export const wasm = { valueOf: () => readFileSync(new URL("${name}", import.meta.url)) };`;
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
