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
import { notDeployable, type Plan } from "./plan";
import { type Cage, releaseSource } from "./release-source";

/** How the release will be built and started, with every tool for it on the host; for what runs from its files. */
export async function validatePlan(ctx: PhaseContext, settings: PlanSettings, cage: Cage): Promise<Plan> {
  const plan =
    ctx.kind === "rollback" ? await detect(releaseSource(ctx, cage.look), settings) : await planOfSource(ctx, settings);
  await checkTools(ctx, plan, cage);
  for (const note of plan.notes) ctx.log(note);
  ctx.log(`starts with: ${plan.start}`);
  return plan;
}

/** A program is sent without what is installed again, unless its dependencies are to be left alone. */
export function programUse(ctx: PhaseContext): SourceUse {
  return { kind: "program", bringsDependencies: settingsOf(PlanSettings, ctx).install === "none" };
}

async function planOfSource(ctx: PhaseContext, settings: PlanSettings): Promise<Plan> {
  const folder = await resolveSource(ctx);
  const use = programUse(ctx);
  try {
    return await detect(await sentFiles(folder, use), settings);
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

/** What there is in a folder in which nothing can be started: its owner should not have to guess what was missed. */
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
    // Where a link leads is not asked: it may be out of the source.
    .filter((path) => lstatSync(join(folder, path), { throwIfNoEntry: false })?.isFile());
  if (inside.length > 0) return notDeployable("subfolder", { path: inside.slice(0, 5).join(", ") });
  const language = OTHER_LANGUAGES.find((name) => names.has(name));
  if (language !== undefined) return notDeployable("language", { path: language });
  return names.has("index.html") ? notDeployable("static", { path: "index.html" }) : null;
}

const RUNTIMES = ["node", "python3"];

/** Arguments: a folder to look in first or nothing, the tools. Line by line: each with where it is and, of runtimes, its version. */
const FIND_TOOLS = `
[ -z "$1" ] || PATH=$1:$PATH
shift
for tool; do
  at=$(command -v "$tool") || at=
  case $tool in
    node | python3) version=$([ -z "$at" ] || "$at" --version 2>&1 | head -n 1) ;;
    *) version= ;;
  esac
  printf '%s\\t%s\\t%s\\n' "$tool" "$at" "$version"
done
`;

/**
 * A package above the releases is told: a module that a service forgot to name would be found there, and its folder
 * would be treated as a part of that package.
 */
const FIND_ABOVE = `
base=$1
until cd -P -- "$base" 2>/dev/null; do base=$(dirname -- "$base"); done
above=$(pwd -P)
while :; do
  for mark in package.json node_modules; do [ ! -e "$above/$mark" ] || { printf '%s\\n' "$above/$mark"; exit; }; done
  [ "$above" != / ] || exit 0
  above=$(dirname -- "$above")
done
`;

/** What a command prints, line by line. */
async function said({ host, signal }: PhaseContext, args: [string, ...string[]]): Promise<string[]> {
  const { stdout } = await host.run({ args }, { signal });
  return stdout.split("\n");
}

async function checkTools(ctx: PhaseContext, { tools, install, start }: Plan, cage: Cage): Promise<void> {
  const needed = new Set([...tools, ...RUNTIMES.filter((name) => new RegExp(`\\b${name}\\b`).test(start))]);
  if (needed.size === 0) return;
  const { runtime = "" } = settingsOf(PlanSettings, ctx);
  const [found, [above]] = await Promise.all([
    said(ctx, cage.nobody(["sh", "-c", FIND_TOOLS, "sh", runtime, ...needed])),
    said(ctx, ["sh", "-c", FIND_ABOVE, "sh", ctx.base]),
  ]);
  for (const line of found.filter(Boolean)) {
    const [tool = "", path = "", version = ""] = line.split("\t");
    // What only a start command names may be the source's own.
    if (path === "" && tools.includes(tool)) throw new Problem("tool-missing", { params: { tool } });
    // Landfall runs on a Node.js of its own, and its commands find that one first.
    const whose = path.includes("/node_modules/") ? ", which Landfall itself runs on" : "";
    if (version !== "") ctx.log(`runs on ${tool} ${version.replace(/^(?:v|Python )/, "")} (${path}${whose})`);
  }
  if (above && needed.has("node")) ctx.warn(new Problem("package-above", { params: { path: above } }));
  if (install.some((command) => command.includes("venv"))) await checkVenv(ctx, cage);
}

/** Debian ships it apart from Python, and without it the failure comes late and unclear. */
async function checkVenv(ctx: PhaseContext, cage: Cage): Promise<void> {
  const { exitCode } = await ctx.host.run(
    { args: cage.nobody(["python3", "-c", "import venv, ensurepip"]) },
    { signal: ctx.signal },
  );
  if (exitCode !== 0) throw new Problem("tool-missing", { params: { tool: "python3-venv" } });
}
