import * as z from "zod";
import { DeploymentSummary } from "@/lib/contracts/deployment";
import { pageOf } from "@/lib/contracts/page";
import { ReleaseSummary } from "@/lib/contracts/release";
import { EnvironmentEntry, ServiceSummary } from "@/lib/contracts/service";
import type { Command, NameKind } from "./arguments";
import { Console } from "./console";
import { EXIT } from "./failure";
import { serviceNameOf } from "./service-file";
import { readAccess } from "./settings";
import { print } from "./terminal";

/** A completion that takes longer would hold up the person who types. */
const PATIENCE_MS = 1_500;

/** What the shells' completions call: `landfall names services <words of the command line>`. It is in no help. */
export const namesCommand: Command = {
  name: "names",
  summary: "Print names for the completion of a shell",
  positionals: "kind [words…]",
  most: 1_000,
  isLocal: true,
  async run({ positionals: [kind = "", ...words] }) {
    setTimeout(() => process.exit(EXIT.done), PATIENCE_MS).unref();
    const names = Object.hasOwn(NAMES, kind) ? await NAMES[kind as NameKind](words).catch(() => []) : [];
    for (const name of names) print(name);
    return EXIT.done;
  },
};

const List = <Item extends z.ZodType>(item: Item) => z.object({ items: z.array(item) });

/** Of the service that the command line names so far. A failure is no name: nothing is said while a person types. */
const NAMES: Record<NameKind, (words: readonly string[]) => Promise<string[]>> = {
  services: async () => {
    const { items } = await (await quickly()).get("/api/services?limit=100&order=name", pageOf(ServiceSummary));
    return items.map(({ name }) => name);
  },
  releases: async (words) => {
    const { items } = await (await quickly()).get(`${await pathOf(words)}/releases`, List(ReleaseSummary));
    return items.filter(({ restorable }) => restorable).map(({ number }) => String(number));
  },
  deployments: async (words) => {
    const { items } = await (await quickly()).get(`${await pathOf(words)}/history?limit=20`, pageOf(DeploymentSummary));
    return items.filter(({ state }) => state === "queued" || state === "running").map(({ number }) => String(number));
  },
  variables: async (words) => {
    const shape = z.object({ variables: z.array(EnvironmentEntry) });
    const { variables } = await (await quickly()).get(`${await pathOf(words)}/environment`, shape);
    return variables.map(({ name }) => name);
  },
};

async function quickly(): Promise<Console> {
  return new Console(await readAccess(), { retryForMs: 0 });
}

async function pathOf(words: readonly string[]): Promise<string> {
  const at = words.findIndex((word) => word === "--service" || word === "-s");
  return `/api/services/${await serviceNameOf({ text: () => (at < 0 ? undefined : words[at + 1]) })}`;
}
