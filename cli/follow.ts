import { applyEvent } from "@/lib/contracts/apply-event";
import { DeploymentView } from "@/lib/contracts/deployment";
import { isFinished } from "@/lib/contracts/deployment-state";
import { DeploymentEvent, type NumberedEvent } from "@/lib/contracts/event";
import { HOST_PHASE_TITLES } from "@/lib/contracts/phase";
import { showDeployment } from "../scripts/console/show-deployment";
import { dim, green, red, say } from "../scripts/screen.mjs";
import type { Console } from "./console";
import { followEvents } from "./events";
import { EXIT, type ExitCode, Failure } from "./failure";
import { lineOfProblem } from "./sentences";
import { isInteractive, isYes, printJson } from "./terminal";

const SHOWN_LINES = 10;

interface Options {
  /** Prints the deployment's log as it is written. */
  showsLog?: boolean;
  /** Prints the ended deployment as JSON. */
  asJson?: boolean;
}

/** Shows a deployment until it ends. Throws a Failure with the cause when it does not succeed. */
export async function followToEnd(
  console: Console,
  deployment: DeploymentView,
  { showsLog = false, asJson = false }: Options = {},
): Promise<ExitCode> {
  const asking = new Asking(console, deployment.id);
  say(`${deployment.service.name} #${deployment.number}   ${dim(pageOf(console, deployment))}`);
  const shown = showsLog ? printPhases() : showDeployment(deployment);
  let view = deployment;
  let newest: string[] = [];
  try {
    for await (const numbered of deploymentEvents(console, view, asking.signal)) {
      view = applyEvent(view, numbered);
      newest = newestOutput(newest, numbered.event, view);
      await asking.done;
      if (showsLog) printLog(numbered.event);
      shown.show(view);
      if (isFinished(view.state)) break;
    }
  } catch (error) {
    if (!asking.hasLeft) throw error;
  } finally {
    asking.end();
    shown.end();
  }
  if (asking.hasLeft) return leave(console, view);
  const ended = await console.get(`/api/deployments/${view.id}`, DeploymentView);
  if (asJson) printJson(ended);
  return tellEnd(ended, newest);
}

/**
 * The last lines that the phase under way has printed, which say more about its failure than a sentence. What is printed
 * after the failure is about reverting.
 */
function newestOutput(before: string[], event: DeploymentEvent, { phases }: DeploymentView): string[] {
  if (phases.some(({ status }) => status === "failed")) return before;
  if (event.type === "phase-started") return [];
  return event.type === "log" ? [...before, ...event.lines.map(([, , text]) => text)].slice(-SHOWN_LINES) : before;
}

/** The events after the view's last one, each once, over any number of connections. */
export async function* deploymentEvents(
  console: Pick<Console, "open">,
  { id, lastEvent, state }: Pick<DeploymentView, "id" | "lastEvent" | "state">,
  signal: AbortSignal,
): AsyncGenerator<NumberedEvent> {
  if (isFinished(state)) return;
  let last = lastEvent;
  const path = `/api/deployments/${id}/events`;
  const next = () => ({ path, headers: { "last-event-id": String(last) } });
  for await (const { id: number, data } of followEvents(console, { signal, next })) {
    if (Number(number) <= last) continue;
    last = Number(number);
    const { data: event } = DeploymentEvent.safeParse(JSON.parse(data));
    // An event that only a newer console knows does not change what this program shows.
    if (event) yield { number: last, event };
  }
}

/** Ctrl-C while a deployment is followed: asks whether to cancel it as well. A second one only leaves. */
class Asking {
  readonly #console: Console;
  readonly #path: string;
  readonly #left = new AbortController();
  /** Until the question is answered. */
  done: Promise<void> = Promise.resolve();

  constructor(console: Console, deploymentId: string) {
    this.#console = console;
    this.#path = `/api/deployments/${deploymentId}/cancel`;
    process.on("SIGINT", this.#interrupt);
    process.on("SIGTERM", this.#leave);
  }

  get signal(): AbortSignal {
    return this.#left.signal;
  }

  get hasLeft(): boolean {
    return this.#left.signal.aborted;
  }

  end(): void {
    process.off("SIGINT", this.#interrupt);
    process.off("SIGTERM", this.#leave);
  }

  #leave = (): void => this.#left.abort();

  #interrupt = (): void => {
    if (isInteractive()) this.done = this.#ask().catch((error: Error) => say(error.message));
    else this.#leave();
  };

  async #ask(): Promise<void> {
    if (!(await isYes("Cancel the deployment on the console as well?"))) return this.#leave();
    await this.#console.post(this.#path, DeploymentView, {});
    say("Cancelling: its changes are reverted.");
  }
}

function leave(console: Console, view: DeploymentView): ExitCode {
  say();
  say(`The deployment continues: ${pageOf(console, view)}`);
  return EXIT.interrupted;
}

function tellEnd(view: DeploymentView, newest: readonly string[]): ExitCode {
  const { state, service, number, serving, url } = view;
  say();
  for (const warning of view.warnings) say(`Warning: ${lineOfProblem(warning)}`);
  if (state === "succeeded") {
    say(`${green("✓")} ${service.name} #${number} succeeded.${url ? ` ${url}` : ""}`);
    return EXIT.done;
  }
  if (state === "failed") for (const line of newest) say(dim(line));
  if (view.kind !== "removal") say(serving ? `Release ${serving.number} is live.` : "No release is live.");
  throw new Failure(endOf(view), state === "cancelled" ? EXIT.cancelled : EXIT.failed);
}

/** The sentence that a deployment without success ends with. */
export function endOf({ state, service, number, phases, problem }: DeploymentView): string {
  const name = `${service.name} #${number}`;
  if (state === "cancelled") return `${name} was cancelled.`;
  const failed = phases.find(({ status }) => status === "failed");
  const cause = failed?.problem ?? problem;
  const what = state === "stuck" ? "is stuck, because its changes could not be reverted" : "failed";
  if (!cause) return `${name} ${what}.`;
  return `${name} ${what}.\n${failed ? `${titleOf(failed.key)}: ` : ""}${lineOfProblem(cause)}`;
}

/** With the log between them, phases are lines that are written once. */
function printPhases(): ReturnType<typeof showDeployment> {
  const told = new Map<string, string>();
  const show = ({ phases }: DeploymentView) => {
    for (const { key, status } of phases) {
      if (status === "pending" || told.get(key) === status) continue;
      told.set(key, status);
      if (status === "running") say(titleOf(key));
      if (status === "failed") say(`${red("✗")} ${titleOf(key)}`);
      if (status === "succeeded") say(`${green("✓")} ${titleOf(key)}`);
    }
  };
  return { show, end: () => {} };
}

function printLog(event: DeploymentEvent): void {
  if (event.type === "log") for (const [, , text] of event.lines) say(`  ${dim(text)}`);
}

function titleOf(key: string): string {
  return (HOST_PHASE_TITLES as Record<string, string>)[key] ?? key;
}

export function pageOf({ url }: Pick<Console, "url">, { id }: Pick<DeploymentView, "id">): string {
  return `${url}/deployments/${id}`;
}
