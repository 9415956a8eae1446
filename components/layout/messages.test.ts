import { readFileSync } from "node:fs";
import { build, type Metafile } from "esbuild";
import { expect, test } from "vitest";
import { liveMessagesOf, messagesOf } from "@/lib/platform/i18n/messages";

const CONSOLE = "app/(console)";
const PAGES = ["(list)/page.tsx", "[deploymentId]/page.tsx", "[deploymentId]/not-found.tsx"];

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

test("pages about deployments need none of the sentences that they do not load", async () => {
  const sent = Object.keys(await liveMessagesOf("en"));
  const others = Object.keys(await messagesOf("en")).filter((part) => !sent.includes(part));
  const asks = new RegExp(`Translations\\("(?:${others.join("|")})"|\\bt\\(["\`](?:${others.join("|")})\\.`);
  const inputs = await importsOf([`${CONSOLE}/layout.tsx`, ...PAGES.map((page) => `${CONSOLE}/deployments/${page}`)]);
  const files = Object.keys(inputs).filter((file) => /^(app|components)\/.*\.tsx?$/.test(file));
  expect(files).toContain("components/deployments/rollback-dialog.tsx");
  expect(files.filter((file) => asks.test(readFileSync(file, "utf8")))).toEqual([]);
});

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
