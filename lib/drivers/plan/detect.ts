import type { Problem } from "@/lib/contracts/problem";
import type { PlanSettings } from "../setting-shapes";
import { detectNode } from "./detect-node";
import { detectPython } from "./detect-python";
import { notDeployable, type Plan, type ReadSource, withoutMark } from "./plan";

/** Finds out how a source is built and started. Throws `source-not-deployable` when it has no start command. */
export async function detect(read: ReadSource, settings: PlanSettings): Promise<Plan> {
  const node = await detectNode(read, settings);
  const python = await detectPython(read);
  const found = [node, python].filter((part) => part !== null);
  const given = settings.start ?? (await procfileStart(read));
  const starting = given === null ? found.find(({ start }) => start !== null) : undefined;
  const start = given ?? starting?.start;
  if (!start) throw found.find(({ noStart }) => noStart !== null)?.noStart ?? nothingToStart();
  return {
    tools: found.flatMap(({ tools }) => tools),
    install: settings.install === "none" ? [] : found.flatMap(({ install }) => install),
    build: settings.build ?? node?.build ?? null,
    start,
    environment: Object.assign({}, ...found.map(({ environment }) => environment), starting?.startEnvironment),
    notes: found.flatMap(({ notes }) => notes),
  };
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
