import type { Problem } from "@/lib/contracts/problem";
import type { PlanSettings } from "../setting-shapes";
import { detectNode } from "./detect-node";
import { detectPython } from "./detect-python";
import { notDeployable, type Part, type Plan, type ReadSource, withoutMark } from "./plan";

/** Finds out how a source is built and started. Throws `source-not-deployable` when it has no start command. */
export async function detect(read: ReadSource, settings: PlanSettings): Promise<Plan> {
  const node = await detectNode(read, settings);
  const python = await detectPython(read);
  const found = [node, python].filter((part) => part !== null);
  const procfile = settings.start === undefined ? await procfileStart(read) : null;
  const given = settings.start ?? procfile;
  const starting = given === null ? found.find(({ start }) => start !== null) : undefined;
  const start = given ?? starting?.start;
  if (!start) throw found.find(({ noStart }) => noStart !== null)?.noStart ?? nothingToStart();
  return {
    tools: found.flatMap(({ tools }) => tools),
    install: settings.install === "none" ? [] : found.flatMap(({ install }) => install),
    build: byItsManager(settings.build ?? node?.build ?? null, node),
    start: byItsManager(start, node),
    environment: Object.assign({}, ...found.map(({ environment }) => environment), starting?.startEnvironment),
    reasons: [
      ...found.flatMap(({ reasons }) => reasons),
      ...(procfile === null ? [] : [{ tool: "web", file: "Procfile" }]),
    ],
    wants: found.flatMap(({ wants }) => wants),
  };
}

/** A command that a person typed for the source's package manager (`bun src/index.ts`) is run by the one that installs. */
function byItsManager<Command extends string | null>(command: Command, part: Part | null): Command | string {
  const { name, command: own } = part?.manager ?? { name: "npm", command: "npm" };
  return name !== "npm" && command?.startsWith(`${name} `) ? own + command.slice(name.length) : command;
}

function nothingToStart(): Problem {
  return notDeployable("nothing", { lookedFor: "package.json, requirements.txt, pyproject.toml, Procfile" });
}

/** Parsed as foreman does, line by line: a process type without a command does not count, and never spans two lines. */
const PROCESS_TYPE = /^([A-Za-z0-9_-]+):\s*(.+)$/;

async function procfileStart(read: ReadSource): Promise<string | null> {
  const text = await read("Procfile");
  if (text === null) return null;
  const lines = withoutMark(text).split(/\r?\n/);
  const types = new Map(lines.flatMap((line) => readProcessType(line)));
  const web = types.get("web");
  if (web === undefined && lines.some((line) => /^web:\s*$/.test(line)))
    throw notDeployable("web", { path: "Procfile" });
  return web ?? null;
}

function readProcessType(line: string): [string, string][] {
  const [, type, command = ""] = PROCESS_TYPE.exec(line) ?? [];
  return type === undefined || command.trim() === "" ? [] : [[type, command.trim()]];
}
