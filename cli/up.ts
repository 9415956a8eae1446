import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import { HealthCheck } from "@/lib/contracts/health-check";
import { EnvironmentEntry, ServiceChange, ServiceDetail } from "@/lib/contracts/service";
import { bold, green, say } from "../scripts/screen.mjs";
import { type Call, type Command, JSON_OPTION } from "./arguments";
import type { Console } from "./console";
import { EXIT, type ExitCode, Failure } from "./failure";
import { uploadFolder } from "./pack";
import { readServiceFile, type WrittenService } from "./service-file";
import { findService } from "./services";
import { printJson } from "./terminal";

export const upCommand: Command = {
  name: "up",
  summary: "Create or change the service as landfall.yml says",
  positionals: "[folder]",
  most: 1,
  options: { "dry-run": { short: "n", summary: "Only say what would change" }, ...JSON_OPTION },
  details:
    "A key that the file does not have stays as it is, and so does a variable of the environment. Nothing is deployed:\n" +
    "landfall deploy does that. landfall schema prints the file's JSON schema for editors.",
  run: up,
};

async function up(call: Call): Promise<ExitCode> {
  const folder = call.positionals[0] ?? ".";
  const written = await readServiceFile(folder);
  if (!written) throw new Failure(`There is no landfall.yml in ${folder}.`, EXIT.usage);
  const console = await call.console();
  const service = await findService(console, written.service);
  const isDry = call.flag("dry-run");
  const done = service ? await change(console, service, written, isDry) : { created: true, changes: [], variables: [] };
  if (!service && isDry) say(`${written.service} would be created.`);
  else if (!service) await create(console, written, folder);
  if (call.flag("json")) printJson({ service: written.service, dryRun: isDry, ...done });
  return EXIT.done;
}

async function create(console: Console, { values }: WrittenService, folder: string): Promise<void> {
  const { service: name, source: given, ...others } = values;
  const { driver, settings } = values;
  const source = given ?? (await uploadedSource(console, folder, { name, driver, settings }));
  const created = await console.post("/api/services", ServiceDetail, { name, source, ...others });
  say(`${green("✓")} Created ${name} on ${created.target.name}. Deploy it with landfall deploy.`);
}

async function uploadedSource(console: Console, folder: string, packed: Parameters<typeof uploadFolder>[2]) {
  const { id: uploadId } = await uploadFolder(console, folder, packed);
  return { kind: "archive", uploadId };
}

async function change(
  console: Console,
  service: ServiceDetail,
  written: WrittenService,
  isDry: boolean,
): Promise<Done> {
  const differences = differencesOf(service, written);
  const path = `/api/services/${service.name}`;
  if (differences.length > 0 && !isDry)
    await console.patch(path, ServiceDetail, Object.fromEntries(differences.map(({ key, to }) => [key, to])));
  const variables = isDry
    ? variablesToSend(service, written)
    : await changeEnvironment(console, `${path}/environment`, service, written);
  const done = { created: false, changes: differences, variables };
  if (differences.length + variables.length === 0) {
    say(`Nothing to change: ${service.name} is as landfall.yml says.`);
    return done;
  }
  say(bold(service.name));
  for (const { key, from, to } of differences) say(`${key.padEnd(14)} ${shown(from)} → ${shown(to)}`);
  for (const variable of variables) say(`${"environment".padEnd(14)} ${variable}`);
  say();
  say(
    isDry
      ? "Nothing was changed (--dry-run). Values of variables are compared when they are sent."
      : `${green("✓")} Changed. It takes effect at the next deployment: landfall deploy.`,
  );
  return done;
}

/** What `--json` prints. Variables are their names. */
interface Done {
  created: boolean;
  changes: readonly Difference[];
  variables: readonly string[];
}

interface Difference {
  key: string;
  from: unknown;
  to: unknown;
}

/** The keys of the file whose values differ from the service's. Throws a Failure for another target. */
export function differencesOf(service: ServiceDetail, { values, keys }: WrittenService): Difference[] {
  if (values.target !== undefined && values.target !== service.target.name)
    throw new Failure(
      `target: ${service.name} is on ${service.target.name}, and a service cannot be moved to ${values.target}.`,
      EXIT.usage,
    );
  const wanted: Record<string, unknown> = { ...values, health: HealthCheck.parse(values.health) };
  return Object.keys(ServiceChange.shape)
    .filter((key) => keys.has(key))
    .map((key) => ({ key, from: writtenValue(service, key), to: wanted[key] ?? null }))
    .filter(({ from, to }) => !isDeepStrictEqual(from, to));
}

/** As a file would say it: a path that no one chose is none. */
function writtenValue(service: ServiceDetail, key: string): unknown {
  if (key === "healthPath" && service.healthPathChosen === false) return null;
  return Reflect.get(service, key);
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Names only: values never leave the console. */
function variablesToSend(service: ServiceDetail, { values }: WrittenService): string[] {
  const known = new Set(service.environment.map(({ name }) => name));
  return Object.keys(values.environment).map(
    (name) => `${name}${known.has(name) ? ", if its value differs" : " (new)"}`,
  );
}

const Listing = z.object({ variables: z.array(EnvironmentEntry) });

/** Sends the file's variables; the console makes a new revision only of those that differ. Answers what changed. */
async function changeEnvironment(
  console: Console,
  path: string,
  { environment: before, environmentRevision }: ServiceDetail,
  { values }: WrittenService,
): Promise<string[]> {
  const secret = secretsToChoose(before, values.secret);
  if (Object.keys(values.environment).length + Object.keys(secret).length === 0) return [];
  const { variables } = await console.patch(path, Listing, { set: values.environment, secret });
  const changed = variables.filter(({ revision }) => revision > (environmentRevision ?? 0));
  return [...new Set([...changed.map(({ name }) => name), ...Object.keys(secret)])].toSorted();
}

/** The choices that the service does not have yet: each is audited. */
export function secretsToChoose(
  before: readonly EnvironmentEntry[],
  wanted: Readonly<Record<string, boolean>>,
): Record<string, boolean> {
  const chosen = new Map(before.flatMap(({ name, secret, secretChosen }) => (secretChosen ? [[name, secret]] : [])));
  return Object.fromEntries(Object.entries(wanted).filter(([name, secret]) => chosen.get(name) !== secret));
}
