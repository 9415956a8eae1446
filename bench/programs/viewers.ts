/*
 * Many clients that follow one deployment, in a separate process. On arrival of bytes they only record the time; the
 * bytes are parsed when all clients have ended, so that the measurement does not include a thousand parsers.
 */
import { Agent, get, type IncomingMessage } from "node:http";
import { type Distribution, distributionOf } from "../harness/distribution";

export interface ViewersInput {
  url: string;
  headers: Record<string, string>;
  count: number;
}
export interface ViewersResult {
  latency: Distribution;
  /** The fewest and the most lines that one viewer received. */
  fewestLines: number;
  mostLines: number;
}

interface Piece {
  receivedMs: number;
  bytes: Buffer;
}

const OPENED_AT_ONCE = 50;
const LINES = /line \d+ at (\d+)\./g;

const input = JSON.parse(process.argv[2] ?? "") as ViewersInput;
const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY });

const viewers = await openAll();
process.send?.("connected");
const seen = await Promise.all(viewers.map(readToEnd));
process.send?.(resultOf(seen));
process.disconnect?.();

async function openAll(): Promise<IncomingMessage[]> {
  const opened: IncomingMessage[] = [];
  while (opened.length < input.count) {
    const some = Math.min(OPENED_AT_ONCE, input.count - opened.length);
    opened.push(...(await Promise.all(Array.from({ length: some }, open))));
  }
  return opened;
}

function open(): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = get(input.url, { agent, headers: input.headers }, (answer) => {
      if (answer.statusCode === 200) resolve(answer);
      else reject(new Error(`a viewer was answered ${answer.statusCode}`));
    });
    request.once("error", reject);
  });
}

async function readToEnd(answer: IncomingMessage): Promise<Piece[]> {
  const pieces: Piece[] = [];
  for await (const bytes of answer) pieces.push({ receivedMs: Date.now(), bytes: bytes as Buffer });
  return pieces;
}

function resultOf(all: readonly Piece[][]): ViewersResult {
  const perViewer = all.map(latenciesOf);
  const counts = perViewer.map(({ length }) => length);
  return {
    latency: distributionOf(perViewer.flat()),
    fewestLines: Math.min(...counts),
    mostLines: Math.max(...counts),
  };
}

/** A line that was cut in two counts when its second part arrived. */
function latenciesOf(pieces: readonly Piece[]): number[] {
  const latencies: number[] = [];
  let rest = "";
  for (const { receivedMs, bytes } of pieces) {
    const text = rest + bytes.toString("latin1");
    const end = text.lastIndexOf("\n") + 1;
    for (const [, writtenMs] of text.slice(0, end).matchAll(LINES)) latencies.push(receivedMs - Number(writtenMs));
    rest = text.slice(end);
  }
  return latencies;
}
