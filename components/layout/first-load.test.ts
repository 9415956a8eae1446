import { build, type Metafile } from "esbuild";
import { expect, test } from "vitest";

const CONSOLE = "app/(console)";

/** The imports between our own files. */
async function importsOf(entryPoints: string[]): Promise<Metafile["inputs"]> {
  const { metafile } = await build({
    entryPoints,
    bundle: true,
    splitting: true,
    format: "esm",
    outdir: "never-written",
    write: false,
    metafile: true,
    packages: "external",
    alias: { "@": process.cwd() },
    loader: { ".css": "empty", ".woff2": "empty" },
    jsx: "automatic",
    logLevel: "error",
  });
  return metafile.inputs;
}

test("a deployment's page is shown without what checks answers", async () => {
  const seen = [
    "components/deployments/deployment-view.tsx",
    "components/layout/frame.tsx",
    `${CONSOLE}/providers.tsx`,
  ];
  const inputs = await importsOf([...seen]);
  const packages = new Set<string>();
  for (const file of seen)
    for (const { path, kind, external } of inputs[file]?.imports ?? []) {
      if (kind === "dynamic-import") continue;
      if (external) packages.add(path);
      else if (!seen.includes(path)) seen.push(path);
    }
  expect(seen).toContain("components/api/api.ts");
  expect(seen.filter((file) => file.endsWith("answers.ts"))).toEqual([]);
  expect([...packages]).toContain("@tanstack/react-query");
  expect([...packages]).not.toContain("zod");
});
