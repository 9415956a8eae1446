import * as z from "zod";
import { DeploymentView } from "@/lib/contracts/deployment";
import { type Change, ReleaseSummary, RollbackPreview } from "@/lib/contracts/release";
import { dim, green, red, say } from "../scripts/screen.mjs";
import { type Call, type Command, JSON_OPTION, SERVICE_OPTION, YES_OPTION } from "./arguments";
import type { Console } from "./console";
import { EXIT, type ExitCode, Failure } from "./failure";
import { followToEnd } from "./follow";
import { serviceNameOf } from "./service-file";
import { confirm } from "./terminal";

const SHOWN_FILES = 20;

export const rollbackCommand: Command = {
  name: "rollback",
  summary: "Show what rolling back would change, ask, and follow the rollback",
  options: {
    ...SERVICE_OPTION,
    release: {
      short: "r",
      value: "number",
      names: "releases",
      summary: "The release to restore; when absent, the one before the current",
    },
    ...YES_OPTION,
    ...JSON_OPTION,
  },
  run: rollback,
};

async function rollback(call: Call): Promise<ExitCode> {
  const name = await serviceNameOf(call);
  const console = await call.console();
  const path = `/api/services/${name}`;
  const asked = call.text("release");
  const query = asked === undefined ? "" : `?releaseId=${await releaseIdOf(console, path, asked)}`;
  const preview = await console.get(`${path}/rollback-preview${query}`, RollbackPreview);
  for (const line of previewLines(preview)) say(line);
  say();
  await confirm(`Roll ${name} back to release ${preview.to.number}?`, call.flag("yes"));
  const deployment = await console.post(`${path}/rollback`, DeploymentView, { releaseId: preview.to.id });
  return followToEnd(console, deployment, { asJson: call.flag("json") });
}

const Releases = z.object({ items: z.array(ReleaseSummary) });

async function releaseIdOf(console: Console, path: string, asked: string): Promise<string> {
  const { items } = await console.get(`${path}/releases`, Releases);
  const found = items.find(({ number }) => String(number) === asked.replace(/^#/, ""));
  if (found) return found.id;
  const known = items.filter(({ restorable }) => restorable).map(({ number }) => number);
  throw new Failure(
    `There is no release ${asked}. Those that can be restored: ${known.join(", ") || "none"}.`,
    EXIT.usage,
  );
}

const MARKS: Record<Change["kind"], string> = { added: green("+"), removed: red("-"), changed: "~" };

export function previewLines({ from, to, files, environment, configuration }: RollbackPreview): string[] {
  const shownFiles = files.changes.slice(0, SHOWN_FILES);
  const lines = [
    ...section(`Files (${files.total})`, shownFiles.map(changeLine), files.total - shownFiles.length),
    ...section(`Variables of the environment (${environment.length})`, environment.map(changeLine)),
    ...section(
      `Configuration (${configuration.length})`,
      configuration.map((one) => `~ ${one.field}: ${JSON.stringify(one.from)} → ${JSON.stringify(one.to)}`),
    ),
  ];
  const label = [to.version, to.message].filter(Boolean).join(" ");
  return [
    `Release ${from?.number ?? "none"} → ${to.number}${label ? dim(` ${label}`) : ""}`,
    ...(lines.length > 0 ? lines : ["Both are the same."]),
  ];
}

function section(title: string, lines: readonly string[], more = 0): string[] {
  if (lines.length === 0) return [];
  return [title, ...lines.map((line) => `  ${line}`), ...(more > 0 ? [`  and ${more} more`] : [])];
}

function changeLine({ name, kind }: Change): string {
  return `${MARKS[kind]} ${name}`;
}
