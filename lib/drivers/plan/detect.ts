import * as z from "zod";
import { Problem } from "@/lib/contracts/problem";
import { quote } from "@/lib/hosts/command";
import type { PlanSettings } from "../setting-shapes";

/** How a source is made ready and started. Commands are for a shell, as their authors wrote them. */
export interface Plan {
  /** What must be on the host. */
  tools: string[];
  install: string[];
  build: string | null;
  start: string;
  /** What the service's own environment may overrule. */
  environment: Record<string, string>;
}

/** Text of a file of the source by its name, or null; the source may be a folder here or a release on a host. */
export type ReadSource = (name: string) => Promise<string | null>;

const PackageJson = z.object({
  main: z.string().optional(),
  scripts: z.record(z.string(), z.string()).default({}),
  dependencies: z.record(z.string(), z.string()).default({}),
  devDependencies: z.record(z.string(), z.string()).default({}),
});
type PackageJson = z.infer<typeof PackageJson>;

const PYTHON_FILES = ["main.py", "app.py", "server.py"];
const NPM_FLAGS = "--no-audit --no-fund --no-update-notifier";

/** Throws `source-not-deployable` when nothing says how it is started. */
export async function detect(read: ReadSource, settings: PlanSettings): Promise<Plan> {
  const node = await detectNode(read, settings);
  const python = await detectPython(read);
  const start = settings.start ?? (await procfileStart(read)) ?? node?.start ?? python?.start;
  if (!start)
    throw new Problem("source-not-deployable", { params: { lookedFor: "package.json, requirements.txt, Procfile" } });
  const found = [node, python].filter((part) => part !== null);
  return {
    tools: found.flatMap(({ tools }) => tools),
    install: settings.install === "none" ? [] : found.flatMap(({ install }) => install),
    build: settings.build ?? node?.build ?? null,
    start,
    environment: Object.assign({}, ...found.map(({ environment }) => environment)),
  };
}

type Part = Omit<Plan, "start"> & { start: string | null };

async function detectNode(read: ReadSource, settings: PlanSettings): Promise<Part | null> {
  const text = await read("package.json");
  if (text === null) return null;
  const manifest = parsePackageJson(text);
  const build = manifest.scripts.build === undefined ? null : "npm run build";
  const install = await npmInstall(read, manifest, build !== null || settings.build !== undefined);
  const needsNpm = install.length > 0 || build !== null;
  return {
    tools: needsNpm ? ["node", "npm"] : ["node"],
    install,
    build,
    start: await nodeStart(read, manifest),
    environment: { NODE_ENV: "production" },
  };
}

function parsePackageJson(text: string): PackageJson {
  try {
    return PackageJson.parse(JSON.parse(text));
  } catch (cause) {
    throw new Problem("source-not-deployable", {
      params: { path: "package.json" },
      detail: "package.json cannot be read",
      cause,
    });
  }
}

/** What a build needs is among the development dependencies; without a build only what runs is installed. */
async function npmInstall(read: ReadSource, manifest: PackageJson, builds: boolean): Promise<string[]> {
  const which = builds ? "--include=dev" : "--omit=dev";
  for (const lockfile of ["package-lock.json", "npm-shrinkwrap.json"]) {
    if ((await read(lockfile)) !== null) return [`npm ci ${which} ${NPM_FLAGS}`];
  }
  const wanted = { ...manifest.dependencies, ...(builds ? manifest.devDependencies : {}) };
  return Object.keys(wanted).length === 0 ? [] : [`npm install ${which} ${NPM_FLAGS}`];
}

/** Straight to the script's command: npm would stay in memory between the supervisor and the service. */
async function nodeStart(read: ReadSource, { scripts, main }: PackageJson): Promise<string | null> {
  if (scripts.start !== undefined) return scripts.prestart === undefined ? scripts.start : "npm start";
  for (const file of [main, "server.js", "index.js"]) {
    if (file !== undefined && (await read(file)) !== null) return `node ${quote([file])}`;
  }
  return null;
}

async function detectPython(read: ReadSource): Promise<Part | null> {
  const requirements = await read("requirements.txt");
  const file = await firstThere(read, PYTHON_FILES);
  if (requirements === null && file === null) return null;
  return {
    tools: ["python3"],
    install: hasRequirements(requirements)
      ? [
          "python3 -m venv --clear .venv",
          ".venv/bin/pip install --disable-pip-version-check --no-input -r requirements.txt",
        ]
      : [],
    build: null,
    // The virtual environment, where there is one, comes first on PATH.
    start: file === null ? null : `python3 ${file}`,
    environment: { PYTHONUNBUFFERED: "1" },
  };
}

function hasRequirements(text: string | null): boolean {
  const lines = text?.split("\n") ?? [];
  return lines.some((line) => line.trim() !== "" && !line.trim().startsWith("#"));
}

async function procfileStart(read: ReadSource): Promise<string | null> {
  const line = /^web:\s*(\S.*)$/m.exec((await read("Procfile")) ?? "");
  return line?.[1]?.trim() ?? null;
}

async function firstThere(read: ReadSource, names: string[]): Promise<string | null> {
  for (const name of names) if ((await read(name)) !== null) return name;
  return null;
}
