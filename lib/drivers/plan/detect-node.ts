import { normalize } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import { quote } from "@/lib/hosts/command";
import type { PlanSettings } from "../setting-shapes";
import { notDeployable, type Part, type ReadSource, type Wanted, withoutMark } from "./plan";

/** The parts of a package.json that are read. As in npm, invalid values (null, a number as a command) are absent. */
interface Manifest {
  main: string | undefined;
  packageManager: string | undefined;
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  hasWorkspaces: boolean;
  /** The fields that npm passes to scripts (`npm_package_*`). */
  told: Record<string, unknown>;
}

export async function detectNode(read: ReadSource, settings: PlanSettings): Promise<Part | null> {
  const text = await read("package.json");
  if (text === null) return null;
  const own = parseManifest(text);
  const [manager, decidedBy] = await findManager(read, own);
  const manifest = { ...own, hasWorkspaces: own.hasWorkspaces || (await hasPnpmWorkspaces(read, manager)) };
  const hasBuild = manifest.scripts.build !== undefined;
  const install =
    settings.install === "none" ? [] : installing(manager, manifest, hasBuild || settings.build !== undefined);
  refuseOutside(manifest, install);
  const start = startOf(manifest, manager) ?? (await startOfFile(read, manifest));
  const build = hasBuild ? `${manager.command} run build` : null;
  const commands = [...install, ...(build === null ? [] : [build]), start ?? ""];
  return {
    tools: commands.some((command) => /\bnp[mx]\b/.test(command)) ? ["node", "npm"] : ["node"],
    install,
    build,
    start,
    environment: { NODE_ENV: "production" },
    startEnvironment: startScript(manifest) === null ? {} : npmEnvironment(manifest),
    noStart: start === null ? notDeployable("start", { path: "package.json" }) : null,
    reasons: [...(install.length === 0 ? [] : [{ tool: manager.name, file: decidedBy }])],
    wants: await wantedNode(read, manifest),
    manager,
  };
}

function parseManifest(text: string): Manifest {
  const value = parseObject(text);
  const word = (name: string) => (typeof value[name] === "string" && value[name] !== "" ? value[name] : undefined);
  const { name, version, config, engines, bin, workspaces } = value;
  return {
    main: word("main"),
    packageManager: word("packageManager"),
    scripts: commands(value.scripts),
    dependencies: texts(value.dependencies),
    devDependencies: texts(value.devDependencies),
    optionalDependencies: texts(value.optionalDependencies),
    peerDependencies: texts(value.peerDependencies),
    hasWorkspaces: typeof workspaces === "object" && workspaces !== null,
    told: { name, version, config, engines, bin },
  };
}

const LONGEST_RANGE = 200;

/** The versions of Node.js that the source is made for: what package.json and the files of version managers say. */
async function wantedNode(read: ReadSource, { told }: Manifest): Promise<Wanted[]> {
  const range = texts(told.engines).node;
  // What is longer is no range that a person wrote, and it would be in a warning.
  const isRange = range !== undefined && range.length <= LONGEST_RANGE;
  const wanted: Wanted[] = isRange ? [{ tool: "node", range, file: "package.json" }] : [];
  for (const file of [".node-version", ".nvmrc"]) {
    const [, version] = /^v?(\d[\d.x]{0,20})$/m.exec((await read(file)) ?? "") ?? [];
    // A pinned patch release does not mean that newer ones fail.
    if (version !== undefined) wanted.push({ tool: "node", range: `^${version}`, file });
  }
  return wanted;
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(withoutMark(text));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (cause) {
    throw unparsable(cause instanceof Error ? cause.message.replaceAll(/\s*\n\s*/g, " ") : String(cause), cause);
  }
  throw unparsable("it is not an object");
}

function unparsable(detail: string, cause?: unknown): Problem {
  return new Problem("source-file-invalid", { params: { path: "package.json" }, detail, cause });
}

function texts(value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/** npm ignores a script without a command, and runs its default instead. */
function commands(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(texts(value)).filter(([, command]) => command.trim() !== ""));
}

const MANAGERS = ["npm", "pnpm", "yarn", "bun"] as const;
type ManagerName = (typeof MANAGERS)[number];

/** The package manager that installs the dependencies and runs the scripts. */
interface Manager {
  /** The beginning of all its commands. */
  command: string;
  /** Its name, where scripts that call it need it on their PATH; npm is always there. */
  name: ManagerName;
  hasLockfile: boolean;
  /** For all dependencies, or for those needed at run time. */
  install(withDevelopment: boolean): string;
}

const NPM_FLAGS = "--no-audit --no-fund --no-update-notifier";
const NPX = "npx --yes --prefer-offline";

const LOCKFILES: Readonly<Record<ManagerName, readonly string[]>> = {
  npm: ["package-lock.json", "npm-shrinkwrap.json"],
  pnpm: ["pnpm-lock.yaml"],
  yarn: ["yarn.lock"],
  bun: ["bun.lock", "bun.lockb"],
};

/** The manager that package.json names if it has a lockfile, else any with a lockfile; and the file that decided. */
async function findManager(read: ReadSource, { packageManager = "" }: Manifest): Promise<[Manager, string]> {
  const [, word, pinned = ""] = /^(npm|pnpm|yarn|bun)@([0-9][0-9A-Za-z.-]*)/.exec(packageManager) ?? [];
  const named = MANAGERS.find((name) => name === word);
  const choose = async (name: ManagerName, lockfile: string | null) => {
    const version = name === named ? pinned : "";
    if (name === "pnpm") return pnpmManager(version || pnpmVersionFor(lockfile ?? ""), lockfile !== null);
    if (name === "yarn") return yarnManager(version, lockfile, await read(".yarnrc.yml"));
    return name === "bun" ? bunManager(version, lockfile !== null) : npmManager(lockfile !== null);
  };
  for (const name of new Set([...(named ? [named] : []), ...MANAGERS]))
    for (const file of LOCKFILES[name]) {
      const lockfile = await read(file);
      if (lockfile !== null) return [await choose(name, lockfile), file];
    }
  // Also without a lockfile: npm does not know syntax that only they use in package.json (`workspace:*`, `catalog:`).
  return [await choose(named ?? "npm", null), "package.json"];
}

/** pnpm lists workspaces in a file of its own, which may also contain only settings. */
async function hasPnpmWorkspaces(read: ReadSource, { name }: Manager): Promise<boolean> {
  return name === "pnpm" && /^(["']?)packages\1\s*:/m.test((await read("pnpm-workspace.yaml")) ?? "");
}

function npmManager(hasLockfile: boolean): Manager {
  const verb = hasLockfile ? "ci" : "install";
  const install = (all: boolean) => `npm ${verb} ${all ? "--include=dev" : "--omit=dev"} ${NPM_FLAGS}`;
  return { command: "npm", name: "npm", hasLockfile, install };
}

function pnpmManager(version: string, hasLockfile: boolean): Manager {
  const command = `${NPX} pnpm@${version}`;
  const lock = hasLockfile ? "--frozen-lockfile" : "--no-frozen-lockfile";
  const install = (all: boolean) => `${command} install ${lock} ${all ? "--prod=false" : "--prod"}`;
  return { command, name: "pnpm", hasLockfile, install };
}

/** The newest version that still reads the lockfile as it is. */
function pnpmVersionFor(lockfile: string): string {
  const [, major = "9"] = /^lockfileVersion:\s*['"]?(\d+)/m.exec(lockfile) ?? [];
  return { "5": "7", "6": "8" }[major] ?? "10";
}

/** Bun comes as a package of npm's registry, like the others: no host has to have it. */
function bunManager(version: string, hasLockfile: boolean): Manager {
  const command = `${NPX} bun@${version || "1"}`;
  const lock = hasLockfile ? " --frozen-lockfile" : "";
  const install = (all: boolean) => `${command} install${lock}${all ? "" : " --production"}`;
  return { command, name: "bun", hasLockfile, install };
}

function yarnManager(version: string, lockfile: string | null, settings: string | null): Manager {
  const hasLockfile = lockfile !== null;
  const isClassic = version === "" ? !lockfile?.includes("__metadata:") : version.startsWith("1.");
  if (isClassic) {
    const command = `${NPX} yarn@${version || "1"}`;
    const lock = hasLockfile ? "--frozen-lockfile " : "";
    const install = (all: boolean) => `${command} install ${lock}--non-interactive --production=${!all}`;
    return { command, name: "yarn", hasLockfile, install };
  }
  const [, own] = /^yarnPath:\s*["']?([^"'\s]+)/m.exec(settings ?? "") ?? [];
  // Without node_modules, Yarn would have to start a program as well.
  const start =
    own === undefined ? `${NPX} --package=@yarnpkg/cli-dist@${version || "4"} yarn` : `node ${quote([own])}`;
  const command = `YARN_NODE_LINKER=node-modules ${start}`;
  const install = () => `${command} install ${hasLockfile ? "--immutable" : "--no-immutable"}`;
  return { command, name: "yarn", hasLockfile, install };
}

/** Scripts that npm runs for the package itself during an install; their tools are often development dependencies. */
const LIFECYCLE = ["preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare"];

/** Decided by the existing files. A build's tools are among the development dependencies. */
function installing(manager: Manager, manifest: Manifest, builds: boolean): string[] {
  const hasScripts = LIFECYCLE.some((name) => manifest.scripts[name] !== undefined);
  // npm and pnpm also run each workspace's `prepare`, whose tools are often development dependencies.
  const withDevelopment = builds || hasScripts || manifest.hasWorkspaces || startsWithDevelopment(manifest);
  const { dependencies, optionalDependencies, peerDependencies, devDependencies } = manifest;
  const wanted = {
    ...dependencies,
    ...optionalDependencies,
    ...peerDependencies,
    ...(withDevelopment ? devDependencies : {}),
  };
  const isNeeded = manager.hasLockfile || hasScripts || manifest.hasWorkspaces || Object.keys(wanted).length > 0;
  return isNeeded ? [manager.install(withDevelopment)] : [];
}

/** Packages whose program has another name. */
const PROGRAMS: Readonly<Record<string, string>> = {
  typescript: "tsc",
  "@nestjs/cli": "nest",
  "@babel/cli": "babel",
  "@babel/node": "babel-node",
  "@swc/cli": "swc",
};
const RUNS_ANOTHER = /\b(npm|pnpm|yarn)\s+run\b|\b(npm-run-all|run-s|run-p)\b/;

/**
 * `tsx src/index.ts`, `node -r ts-node/register .`, `tsc && node dist`: a start script that needs a development
 * dependency gets it. One that runs other scripts mostly compiles first.
 */
function startsWithDevelopment(manifest: Manifest): boolean {
  const name = startScript(manifest) ?? "start";
  const script = `${manifest.scripts[`pre${name}`] ?? ""} ${manifest.scripts[name] ?? ""}`;
  if (RUNS_ANOTHER.test(script)) return true;
  const words = script.split(/[\s;&|=]+/);
  const calls = (program: string) => words.some((word) => word === program || word.startsWith(`${program}/`));
  return Object.keys(manifest.devDependencies).some((name) => calls(PROGRAMS[name] ?? name) || calls(name));
}

/** npm creates a dangling link for it, and the service fails when it starts. */
function refuseOutside(manifest: Manifest, install: readonly string[]): void {
  if (install.length === 0) return;
  const named = Object.entries({ ...manifest.dependencies, ...manifest.optionalDependencies });
  const outside = named.find(([, wanted]) => /^(file:|link:)?\.\.\//.test(wanted));
  if (outside) throw notDeployable("outside", { path: outside[1].replace(/^\w+:/, ""), name: outside[0] });
}

/** A Nest starter's own `start` compiles again; it has another script for production. */
function startScript({ scripts, dependencies }: Manifest): "start:prod" | "start" | null {
  if (scripts["start:prod"] !== undefined && dependencies["@nestjs/core"] !== undefined) return "start:prod";
  return scripts.start === undefined ? null : "start";
}

/** Runs the script's command directly, with npm's environment: npm itself would stay in memory beside the service. */
function startOf(manifest: Manifest, manager: Manager): string | null {
  const name = startScript(manifest);
  const script = name === null ? undefined : manifest.scripts[name];
  if (script === undefined) return null;
  const before = manifest.scripts[`pre${name}`];
  // Its own program has to be on the PATH of a script that calls it, as Bun's is of `bun src/index.ts`.
  if (manager.name !== "npm" && new RegExp(`\\b${manager.name}\\b`).test(`${before ?? ""} ${script}`))
    return `${manager.command} run ${name}`;
  return before === undefined ? script : `${quote(["sh", "-c", before])} && ${script}`;
}

/** The variables that npm sets for every script (`npm_package_version`, `npm_package_config_port`, …). */
function npmEnvironment(manifest: Manifest): Record<string, string> {
  const name = startScript(manifest) ?? "start";
  const told = Object.entries(flattened(manifest.told)).map(([key, value]) => [`npm_package_${key}`, value]);
  return {
    ...Object.fromEntries(told.filter(([key = ""]) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(key))),
    npm_lifecycle_event: name,
    npm_lifecycle_script: manifest.scripts[name] ?? "",
    npm_command: name === "start" ? "start" : "run-script",
  };
}

function flattened(values: object, prefix = ""): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]): [string, string][] => {
      if (value === undefined) return [];
      if (value === null || value === false) return [[prefix + key, ""]];
      return typeof value === "object"
        ? Object.entries(flattened(value, `${prefix}${key}_`))
        : [[prefix + key, `${value}`]];
    }),
  );
}

/** How Node.js resolves a package's entry: the file, with an extension, or a folder's index file. */
const ENDINGS = ["", ".js", ".json", ".node", "/index.js", "/index.json", "/index.node"];

async function startOfFile(read: ReadSource, { main }: Manifest): Promise<string | null> {
  const named = main === undefined ? [] : ENDINGS.map((ending) => normalize(main).replace(/\/+$/, "") + ending);
  for (const file of [...named, "server.js", "index.js"])
    if ((await read(file)) !== null) return `node ${quote([file.replace(/^-/, "./-")])}`;
  return null;
}
