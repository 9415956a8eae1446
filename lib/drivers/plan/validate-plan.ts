import { lstatSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import { sentFiles } from "@/lib/hosts/scan-tree";
import { readRules, type SourceUse } from "@/lib/hosts/source-rules";
import type { PhaseContext } from "../driver";
import { resolveSource } from "../phases/transfer";
import { PlanSettings } from "../setting-shapes";
import { settingsOf } from "../settings-of";
import { detect } from "./detect";
import { notDeployable, type Plan, SITE, type Wanted } from "./plan";
import { type Cage, releaseSource } from "./release-source";
import { isWithin } from "./version-range";

/** Plans how the release will be built and started, and checks that the host has every tool for it. */
export async function validatePlan(ctx: PhaseContext, settings: PlanSettings, cage: Cage): Promise<Plan> {
  const plan =
    ctx.kind === "rollback" ? await detect(releaseSource(ctx, cage.look), settings) : await planOfSource(ctx, settings);
  await checkTools(ctx, plan, cage);
  for (const { tool, file } of plan.reasons) ctx.log(`${tool}, because of ${file}`);
  ctx.log(`starts with: ${plan.start}`);
  return plan;
}

/** A program is sent without its installed dependencies, unless the host does not install them again. */
export function programUse(ctx: PhaseContext): SourceUse {
  return { kind: "program", bringsDependencies: settingsOf(PlanSettings, ctx).install === "none" };
}

async function planOfSource(ctx: PhaseContext, settings: PlanSettings): Promise<Plan> {
  const folder = await resolveSource(ctx);
  const use = programUse(ctx);
  try {
    const plan = await detect(await sentFiles(folder, use), settings);
    // The files of a program are not for everyone to read.
    const program = plan.reasons.some(({ file }) => file === SITE) ? await explain(folder, use) : null;
    if (program && program.params.reason !== "static") throw program;
    return plan;
  } catch (error) {
    if (error instanceof Problem && error.params.reason === "nothing") throw (await explain(folder, use)) ?? error;
    throw error;
  }
}

const KNOWN = ["package.json", "Procfile", "requirements.txt", "pyproject.toml", ...["main.py", "app.py", "server.py"]];
const OTHER_LANGUAGES = [
  "go.mod",
  "Cargo.toml",
  "pom.xml",
  "build.gradle",
  "Gemfile",
  "composer.json",
  "mix.exs",
  "deno.json",
];

/** Explains from a folder's content why it cannot be started. Null without an explanation. */
export async function explain(folder: string, use: SourceUse): Promise<Problem | null> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = new Set(entries.map(({ name }) => name));
  const ignored = KNOWN.find((name) => names.has(name));
  const { file } = await readRules(folder, use);
  if (ignored !== undefined && file !== null) return notDeployable("ignored", { path: ignored, by: file });
  const container = entries.find(({ name }) => /^(docker|container)file$/i.test(name));
  if (container) return notDeployable("container", { path: container.name });
  const inside = entries
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => KNOWN.slice(0, 4).map((known) => `${name}/${known}`))
    // Links are not followed: they may lead out of the source.
    .filter((path) => lstatSync(join(folder, path), { throwIfNoEntry: false })?.isFile());
  if (inside.length > 0) return notDeployable("subfolder", { path: inside.slice(0, 5).join(", ") });
  const language = OTHER_LANGUAGES.find((name) => names.has(name));
  if (language !== undefined) return notDeployable("language", { path: language });
  return names.has(SITE) ? notDeployable("static", { path: SITE }) : null;
}

const RUNTIMES = ["node", "python3"];

/** Arguments: a folder to search first or nothing, then tools. Prints a line for each: its path and, for runtimes, its version. */
const FIND_TOOLS = `
[ -z "$1" ] || PATH=$1:$PATH
shift
line_end='
'
for tool; do
  at=$(command -v "$tool") || at=
  case $tool in
    node | python3) version=$([ -z "$at" ] || "$at" --version 2>&1) ;;
    *) version= ;;
  esac
  printf '%s\\t%s\\t%s\\n' "$tool" "$at" "\${version%%"$line_end"*}"
done
`;

/**
 * Prints a Node.js package above the releases, for a warning: Node.js would find modules there that the service does not
 * declare, and treat its folder as a part of that package.
 */
const FIND_ABOVE = `
base=$1
until cd -P -- "$base" 2>/dev/null; do base=$(dirname -- "$base"); done
above=\${PWD%/}
while :; do
  for mark in package.json node_modules; do [ ! -e "$above/$mark" ] || { printf '%s\\n' "$above/$mark"; exit; }; done
  [ -n "$above" ] || exit 0
  above=\${above%/*}
done
`;

/** The lines that a command prints. */
async function said({ host, signal }: PhaseContext, args: [string, ...string[]]): Promise<string[]> {
  const { stdout } = await host.run({ args }, { signal });
  return stdout.split("\n");
}

async function checkTools(ctx: PhaseContext, { tools, install, start, wants }: Plan, cage: Cage): Promise<void> {
  const needed = new Set([...tools, ...RUNTIMES.filter((name) => new RegExp(`\\b${name}\\b`).test(start))]);
  if (needed.size === 0) return;
  const { runtime = "" } = settingsOf(PlanSettings, ctx);
  const [found, [above]] = await Promise.all([
    said(ctx, cage.nobody(["sh", "-c", FIND_TOOLS, "sh", runtime, ...needed])),
    said(ctx, ["sh", "-c", FIND_ABOVE, "sh", ctx.base]),
  ]);
  for (const line of found.filter(Boolean)) {
    const [tool = "", path = "", version = ""] = line.split("\t");
    // A program that only the start command names may be a part of the source.
    if (path === "" && tools.includes(tool)) throw new Problem("tool-missing", { params: { tool } });
    // Landfall brings its own Node.js, which is first in the PATH of its commands.
    const whose = path.includes("/node_modules/") ? ", which Landfall itself runs on" : "";
    const number = version.replace(/^(?:v|Python )/, "");
    if (number !== "") ctx.log(`runs on ${tool} ${number} (${path}${whose})`);
    warnOfUnfit(ctx, wants, tool, number);
  }
  if (above && needed.has("node")) ctx.warn(new Problem("package-above", { params: { path: above } }));
  if (install.some((command) => command.includes("venv"))) await checkVenv(ctx, cage);
}

/** Whether it works all the same is for the service to show. */
function warnOfUnfit(ctx: PhaseContext, wants: readonly Wanted[], tool: string, version: string): void {
  for (const { range, file } of wants.filter((wanted) => wanted.tool === tool))
    if (isWithin(version, range) === false)
      ctx.warn(new Problem("runtime-unfit", { params: { tool, version, range, path: file } }));
}

/** Debian packages venv apart from Python; without this check the build would fail late and unclearly. */
async function checkVenv(ctx: PhaseContext, cage: Cage): Promise<void> {
  const { exitCode } = await ctx.host.run(
    { args: cage.nobody(["python3", "-c", "import venv, ensurepip"]) },
    { signal: ctx.signal },
  );
  if (exitCode !== 0) throw new Problem("tool-missing", { params: { tool: "python3-venv" } });
}
