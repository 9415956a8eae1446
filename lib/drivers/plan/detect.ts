import type { Problem } from "@/lib/contracts/problem";
import { PUBLIC_TYPE, RELEASE_LINE } from "@/lib/contracts/process-type";
import type { PlanSettings } from "../setting-shapes";
import { detectNode } from "./detect-node";
import { detectPython } from "./detect-python";
import { detectSite } from "./detect-site";
import { byItsManager, notDeployable, type Plan, type Procfile, type ReadSource, withoutMark } from "./plan";

/** Finds out how a source is built and started. Throws `source-not-deployable` when it has no start command. */
export async function detect(read: ReadSource, settings: PlanSettings): Promise<Plan> {
  const node = await detectNode(read, settings);
  const python = await detectPython(read);
  const lines = await procfileLines(read);
  const isProgram = node !== null || python !== null || settings.start !== undefined || lines?.has(PUBLIC_TYPE);
  const site = isProgram ? null : await detectSite(read, settings);
  const found = [node, python, site].filter((part) => part !== null);
  const given = settings.start ?? startOf(lines);
  const starting = given === null ? found.find(({ start }) => start !== null) : undefined;
  const start = given ?? starting?.start;
  if (!start) throw found.find(({ noStart }) => noStart !== null)?.noStart ?? nothingToStart();
  return {
    tools: found.flatMap(({ tools }) => tools),
    install: settings.install === "none" ? [] : found.flatMap(({ install }) => install),
    build: byItsManager(settings.build ?? node?.build ?? null, node?.manager),
    start: byItsManager(start, node?.manager),
    manager: node?.manager ?? null,
    ...(lines && { procfile: procfileOf(lines) }),
    environment: Object.assign({}, ...found.map(({ environment }) => environment), starting?.startEnvironment),
    reasons: [
      ...found.flatMap(({ reasons }) => reasons),
      ...(settings.start === undefined && lines?.has(PUBLIC_TYPE) ? [{ tool: "web", file: "Procfile" }] : []),
    ],
    wants: found.flatMap(({ wants }) => wants),
  };
}

function nothingToStart(): Problem {
  return notDeployable("nothing", { lookedFor: "package.json, requirements.txt, pyproject.toml, Procfile" });
}

/** Parsed as foreman does, line by line: a process type without a command does not count, and never spans two lines. */
const PROCESS_TYPE = /^([A-Za-z0-9_-]+):\s*(.*)$/;

type Lines = ReadonlyMap<string, string>;

/** The commands of a Procfile by type, the last one counting, empty where a type has none; null without a Procfile. */
async function procfileLines(read: ReadSource): Promise<Lines | null> {
  const text = await read("Procfile");
  if (text === null) return null;
  const lines = withoutMark(text)
    .split(/\r?\n/)
    .flatMap((line): [string, string][] => {
      const [, type, command = ""] = PROCESS_TYPE.exec(line) ?? [];
      return type === undefined ? [] : [[type, command.trim()]];
    });
  return new Map([...lines.filter(([, command]) => command === ""), ...lines.filter(([, command]) => command !== "")]);
}

function startOf(lines: Lines | null): string | null {
  const web = lines?.get(PUBLIC_TYPE);
  if (web === "") throw notDeployable("web", { path: "Procfile" });
  return web ?? null;
}

function procfileOf(lines: Lines): Procfile {
  const commands = [...lines].filter(([type, command]) => type !== PUBLIC_TYPE && command !== "");
  const types = commands.filter(([type]) => type !== RELEASE_LINE);
  return { types: Object.fromEntries(types), releaseCommand: lines.get(RELEASE_LINE) || null };
}
