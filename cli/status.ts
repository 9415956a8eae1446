import { DeploymentSummary } from "@/lib/contracts/deployment";
import { pageOf } from "@/lib/contracts/page";
import { RuntimeState, type ServiceDetail, ServiceSummary } from "@/lib/contracts/service";
import { bold, duration, say } from "../scripts/screen.mjs";
import { type Call, type Command, JSON_OPTION, SERVICE_OPTION } from "./arguments";
import type { Console } from "./console";
import { EXIT, type ExitCode, Failure } from "./failure";
import { serviceNameOf } from "./service-file";
import { requireService } from "./services";
import { printJson, printTable } from "./terminal";

export const statusCommand: Command = {
  name: "status",
  summary: "Show what runs and how the last deployment ended",
  options: { ...SERVICE_OPTION, all: { short: "a", summary: "List all services" }, ...JSON_OPTION },
  run: status,
};

async function status(call: Call): Promise<ExitCode> {
  const console = await call.console();
  if (call.flag("all")) return listServices(console, call.flag("json"));
  const service = await requireService(console, await serviceNameOf(call));
  const runtime = await console.get(`/api/services/${service.name}/state`, RuntimeState);
  if (call.flag("json")) printJson({ ...service, runtime });
  else showService(service, runtime);
  return EXIT.done;
}

function showService(service: ServiceDetail, runtime: RuntimeState): void {
  const { live, lastDeployment, target, url, check } = service;
  say(bold(service.name));
  const rows = [
    ["state", runtime.state + (runtime.since ? ` since ${runtime.since}` : "")],
    ...(runtime.processes.length > 0 ? [["processes", processesIn(runtime)]] : []),
    ["release", live.release === null ? "none" : String(live.release)],
    ["address", url ?? "none"],
    ["target", `${target.name} (${service.driver}, port ${service.port})`],
    [
      "deployment",
      lastDeployment ? `#${lastDeployment.number} ${lastDeployment.kind} ${lastDeployment.state}` : "none",
    ],
    ...(check && check.condition !== "good" ? [["check", check.condition]] : []),
  ];
  for (const [title = "", text] of rows) say(`${title.padEnd(12)} ${text}`);
}

/** "worker 2/2, clock 0/1": how many of each type run. */
function processesIn({ processes }: RuntimeState): string {
  const types = [...new Set(processes.map(({ type }) => type))];
  return types
    .map((type) => {
      const copies = processes.filter((worker) => worker.type === type);
      return `${type} ${copies.filter(({ state }) => state === "running").length}/${copies.length}`;
    })
    .join(", ");
}

async function listServices(console: Console, asJson: boolean): Promise<ExitCode> {
  const items: ServiceSummary[] = [];
  for (let after: string | null = ""; after !== null; ) {
    const more = after ? `&after=${after}` : "";
    const page: { items: ServiceSummary[]; next: string | null } = await console.get(
      `/api/services?limit=100&order=name${more}`,
      pageOf(ServiceSummary),
    );
    items.push(...page.items);
    after = page.next;
  }
  if (asJson) printJson(items);
  else if (items.length === 0) say("There is no service yet.");
  else printTable(items.map(({ name, live, target, url }) => [name, live.state, target.name, url ?? ""]));
  return EXIT.done;
}

export const historyCommand: Command = {
  name: "history",
  summary: "List the deployments of the service, newest first",
  options: {
    ...SERVICE_OPTION,
    limit: { short: "n", value: "count", summary: "How many, at most 100" },
    ...JSON_OPTION,
  },
  run: history,
};

async function history(call: Call): Promise<ExitCode> {
  const limit = Number(call.text("limit") ?? 20);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100)
    throw new Failure("--limit is a number from 1 to 100.", EXIT.usage);
  const name = await serviceNameOf(call);
  const console = await call.console();
  const page = pageOf(DeploymentSummary);
  const { items } = await console.get(`/api/services/${name}/history?limit=${limit}`, page);
  if (call.flag("json")) printJson(items);
  else printTable(items.map(historyRow));
  return EXIT.done;
}

function historyRow(deployment: DeploymentSummary): string[] {
  const { number, kind, state, queuedAt, durationMs, version, message, commit, requestedBy } = deployment;
  return [
    `#${number}`,
    kind,
    state,
    queuedAt.replace("T", " ").replace(/\..*/, ""),
    durationMs === null ? "" : duration(durationMs),
    requestedBy?.name ?? "",
    [version, commit?.id.slice(0, 8), message ?? commit?.message.split("\n")[0]].filter(Boolean).join(" "),
  ];
}
