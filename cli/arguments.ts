import { parseArgs } from "node:util";
import type { Console } from "./console";
import { EXIT, type ExitCode, Failure } from "./failure";

/** A command of the program. Parsing, `--help` and the shells' completion all read this. */
export interface Command {
  name: string;
  summary: string;
  /** The positional arguments as the usage shows them: `[folder]`. */
  positionals?: string;
  /** How many positional arguments it takes at most. */
  most?: number;
  /** The words that the first positional argument can be, and what the arguments after one of them name. */
  words?: readonly string[];
  names?: Readonly<Record<string, NameKind>>;
  options?: Readonly<Record<string, Option>>;
  /** Further lines of its help. */
  details?: string;
  /** Runs without a console and a token. */
  isLocal?: true;
  run(call: Call): Promise<ExitCode>;
}

/** What a console has names of, for the shells' completions. */
export type NameKind = "services" | "releases" | "deployments" | "variables";

interface Option {
  summary: string;
  short?: string;
  /** The name of its value in the usage; an option without one is a flag. */
  value?: string;
  /** What the value names. */
  names?: NameKind;
}

/** One run of a command. */
export interface Call {
  positionals: readonly string[];
  text(option: string): string | undefined;
  flag(option: string): boolean;
  /** Signs in with the first use. Throws a Failure without an address or a token. */
  console(): Promise<Console>;
}

export const SERVICE_OPTION = {
  service: {
    short: "s",
    value: "name",
    names: "services",
    summary: "The service; when absent, that of landfall.yml, else the folder's name",
  },
} as const satisfies Command["options"];
export const JSON_OPTION = {
  json: { summary: "Print one JSON value for scripts; what is said meanwhile goes to standard error" },
} as const satisfies Command["options"];
export const YES_OPTION = { yes: { short: "y", summary: "Do not ask" } } as const satisfies Command["options"];

/** For every command. */
const HELP = { help: { short: "h", summary: "Show this help" } } as const satisfies Command["options"];

export function optionsOf({ options = {} }: Command): Readonly<Record<string, Option>> {
  return { ...options, ...HELP };
}

export type Arguments =
  | { kind: "help"; command: Command | null }
  | { kind: "version" }
  | { kind: "run"; command: Command; call: Omit<Call, "console"> };

/** Throws a Failure that names the wrong argument. */
export function readArguments(args: readonly string[], commands: readonly Command[]): Arguments {
  const [name = "help", ...rest] = args;
  if (name === "--version" || name === "-v") return { kind: "version" };
  if (name === "help" || name === "--help" || name === "-h") return { kind: "help", command: named(rest[0], commands) };
  const command = named(name, commands);
  if (!command) throw wrong(`There is no command ${name}.`, "landfall");
  const { values, positionals } = parsed(rest, command);
  if (values.help === true) return { kind: "help", command };
  const { most = 0 } = command;
  if (positionals.length > most) throw wrong(`${positionals[most]} is one argument too many.`, `landfall ${name}`);
  return {
    kind: "run",
    command,
    call: {
      positionals,
      text: (option) => {
        const value = values[option];
        return typeof value === "string" ? value : undefined;
      },
      flag: (option) => values[option] === true,
    },
  };
}

function named(name: string | undefined, commands: readonly Command[]): Command | null {
  return commands.find((command) => command.name === name) ?? null;
}

function parsed(args: string[], command: Command): { values: Record<string, unknown>; positionals: string[] } {
  const options = Object.entries(optionsOf(command)).map(([name, { short, value }]) => {
    return [name, { type: value === undefined ? ("boolean" as const) : ("string" as const), ...(short && { short }) }];
  });
  try {
    return parseArgs({ args, allowPositionals: true, options: Object.fromEntries(options) });
  } catch (cause) {
    throw wrong((cause as Error).message, `landfall ${command.name}`, cause);
  }
}

function wrong(sentence: string, helped: string, cause?: unknown): Failure {
  return new Failure(`${sentence}\nSee ${helped} --help.`, EXIT.usage, { cause });
}

/** The help of a command, or of the program. */
export function helpText(command: Command | null, commands: readonly Command[]): string {
  if (command === null) {
    const rows = commands.map(({ name, summary }) => row(name, summary));
    return ["Usage: landfall <command> [options]", "", ...rows, "", ...ENVIRONMENT].join("\n");
  }
  const usage = ["Usage: landfall", command.name, command.positionals, "[options]"].filter(Boolean).join(" ");
  const options = Object.entries(optionsOf(command)).map(([name, { short, value, summary }]) =>
    row(`${short ? `-${short}, ` : "    "}--${name}${value ? ` <${value}>` : ""}`, summary),
  );
  const details = command.details ? ["", command.details] : [];
  return [usage, "", `${command.summary}.`, ...details, "", ...options].join("\n");
}

const ENVIRONMENT = [
  "landfall <command> --help describes a command.",
  "LANDFALL_URL and LANDFALL_TOKEN name the console and an API token; landfall login stores both.",
  "Exit codes: 0 done, 1 failed, 2 wrong arguments, 3 not allowed, 4 no answer, 5 cancelled, 130 interrupted.",
];

function row(name: string, summary: string): string {
  return `  ${name.padEnd(26)} ${summary}`;
}
