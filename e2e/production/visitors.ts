import { Agent, get } from "node:https";

/** What visitors of a console observed during an operation. */
export interface Seen {
  requests: number;
  /** The number of requests started per second, however long answers took: people do not wait for one another. */
  perSecond: number;
  /** The number of missing, late or unsuccessful answers; with each kind's error, and the times of the requests. */
  failed: number;
  failures: string[];
  /** Every version that answered, in the order of its first answer. */
  versions: string[];
}

const PER_SECOND = 100;
const TICK_MS = 20;
/** A machine that builds, packs and loads images meanwhile is slow, which does not count as a failure. */
const PATIENCE_MS = 30_000;
/** One request in fifty renders a page; one in four asks for health as monitors do; the others are static files. */
const PAGE_EVERY = 50;
const HEALTH_EVERY = 4;

/** A hundred requests a second from now until `leave`, over as many kept connections as needed. */
export function visit(at: { address: string; domain: string }): { leave(): Promise<Seen> } {
  const agent = new Agent({ keepAlive: true });
  const versions = new Set<string>();
  const failures = new Failures();
  const asked: Promise<void>[] = [];
  const since = performance.now();
  const ask = async (path: string) => {
    const seconds = (performance.now() - since) / 1_000;
    const said = await answerOf({ ...at, path, agent });
    if (said.version) versions.add(said.version);
    if (said.failure) failures.add(`${path}: ${said.failure}`, seconds);
  };
  const askWhatIsDue = () => {
    const due = ((performance.now() - since) / 1_000) * PER_SECOND;
    while (asked.length < due) asked.push(ask(pathOf(asked.length)));
  };
  const timer = setInterval(askWhatIsDue, TICK_MS);
  return {
    async leave() {
      clearInterval(timer);
      askWhatIsDue();
      const seconds = (performance.now() - since) / 1_000;
      await Promise.all(asked);
      agent.destroy();
      return {
        requests: asked.length,
        perSecond: Math.round(asked.length / seconds),
        failed: failures.count,
        failures: failures.toStrings(),
        versions: [...versions],
      };
    },
  };
}

function pathOf(number: number): string {
  if (number % PAGE_EVERY === 0) return "/sign-in";
  return number % HEALTH_EVERY === 0 ? "/api/health" : "/icon.svg";
}

/** The failures, how often, and between which seconds: compared with the times of the phases that shows the cause. */
class Failures {
  count = 0;
  readonly #kinds = new Map<string, { times: number; first: number; last: number }>();

  add(kind: string, seconds: number): void {
    this.count += 1;
    const { times, first, last } = this.#kinds.get(kind) ?? { times: 0, first: seconds, last: seconds };
    this.#kinds.set(kind, { times: times + 1, first: Math.min(first, seconds), last: Math.max(last, seconds) });
  }

  toStrings(): string[] {
    return Array.from(
      this.#kinds,
      ([kind, { times, first, last }]) => `${kind}, ${times} times, ${first.toFixed(1)} s to ${last.toFixed(1)} s`,
    );
  }
}

interface Question {
  address: string;
  domain: string;
  path: string;
  agent: Agent;
}

/** Always resolves. Another test checks the certificate's authority. */
function answerOf({ address, domain, path, agent }: Question): Promise<{ version?: string; failure?: string }> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const headers = { host: domain };
    const options = { host: address, servername: domain, rejectUnauthorized: false, path, headers, agent, signal };
    const fail = (error: Error) => resolve({ failure: (error as NodeJS.ErrnoException).code ?? error.message });
    const call = get(options, async (answer) => {
      try {
        let body = "";
        for await (const chunk of answer.setEncoding("utf8") as AsyncIterable<string>) body += chunk;
        if (answer.statusCode !== 200) return resolve({ failure: String(answer.statusCode) });
        resolve({ version: /"version":"([^"]+)"/.exec(body)?.[1] });
      } catch (error) {
        fail(error as Error);
      }
    });
    call.once("error", fail);
  });
}
