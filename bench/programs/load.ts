/* Continuous requests to one address, in a separate process, until it is told to stop. */
import autocannon from "autocannon";

export interface LoadInput {
  url: string;
  connections: number;
  /** Requests a second of all connections together; unlimited when absent. */
  perSecond?: number;
}
export interface LoadResult {
  requests: number;
  /** Errors, time-outs and answers that are not 2xx. */
  failed: number;
  p99Ms: number;
  maxMs: number;
}

const LONGEST_S = 600;
const { url, connections, perSecond } = JSON.parse(process.argv[2] ?? "") as LoadInput;

const instance = autocannon(
  { url, connections, duration: LONGEST_S, ...(perSecond && { overallRate: perSecond }) },
  done,
);
process.once("message", () => instance.stop());
process.send?.("started");

function done(error: Error | null, result: autocannon.Result): void {
  if (error) throw error;
  const { requests, errors, timeouts, non2xx, latency } = result;
  const answer: LoadResult = {
    requests: requests.total,
    failed: errors + timeouts + non2xx,
    p99Ms: latency.p99,
    maxMs: latency.max,
  };
  process.send?.(answer, () => process.disconnect());
}
