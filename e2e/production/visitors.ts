import autocannon from "autocannon";

/** What people saw of a console while something happened to it. */
export interface Seen {
  requests: number;
  perSecond: number;
  /** Answers that were none, too late, or no success. */
  failed: number;
  /** Every version that answered, in the order it was first seen. */
  versions: string[];
}

const PER_SECOND = 100;
/** As many as keep the rate while every answer takes three seconds: the machine builds, packs and loads images meanwhile. */
const CONNECTIONS = 300;
const LONGEST_SECONDS = 1_200;
/** A machine that is busy with the rest of a test is slow, which is no failure. */
const PATIENCE_SECONDS = 30;
/** One in twenty opens a page, which is made for them; the others are what pages and monitors ask all the time. */
const HEALTH_PER_PAGE = 19;

/** A hundred requests a second from now until `leave`. */
export function visit({ address, domain }: { address: string; domain: string }): { leave(): Promise<Seen> } {
  const versions: string[] = [];
  const remember = (status: number, body: string) => {
    const version = status === 200 ? /"version":"([^"]+)"/.exec(body)?.[1] : undefined;
    if (version && !versions.includes(version)) versions.push(version);
  };
  const options: autocannon.Options & { servername: string } = {
    url: `https://${address}`,
    servername: domain,
    headers: { host: domain },
    overallRate: PER_SECOND,
    connections: CONNECTIONS,
    duration: LONGEST_SECONDS,
    timeout: PATIENCE_SECONDS,
    requests: [
      ...Array.from({ length: HEALTH_PER_PAGE }, () => ({ path: "/api/health", onResponse: remember })),
      { path: "/sign-in" },
    ],
  };
  const ended = Promise.withResolvers<autocannon.Result>();
  const running = autocannon(options, (error: unknown, result) =>
    error ? ended.reject(error) : ended.resolve(result),
  );
  const since = performance.now();
  return {
    async leave() {
      const seconds = (performance.now() - since) / 1_000;
      running.stop();
      const { requests, errors, timeouts, non2xx } = await ended.promise;
      return {
        requests: requests.total,
        perSecond: Math.round(requests.total / seconds),
        failed: errors + timeouts + non2xx,
        versions,
      };
    },
  };
}
