import { createServer, request as forward, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { createSecureContext } from "node:tls";
import { CertificateAuthority, selfSigned } from "./certificate";
import { close, listen } from "./listen";
import type { Route, State } from "./state";
import type { Swarm } from "./swarm";

/** Traefik's role: routes a request to the container of its host name's application. */
export class DomainProxy {
  readonly #authority = new CertificateAuthority();
  readonly #plain = createServer((request, response) => this.#answer(request, response, false));
  readonly #secure: Server;
  #hasIssued = false;
  httpPort = 0;
  httpsPort = 0;

  constructor(
    private readonly state: State,
    private readonly swarm: Swarm,
    /** From 0 to 1: selects one of two routers of equal weight. */
    private readonly chance: () => number,
  ) {
    const unknown = selfSigned("traefik.default");
    this.#secure = createSecureServer(
      {
        ...unknown,
        SNICallback: (host, done) => done(null, createSecureContext(this.#certificateOf(host) ?? unknown)),
      },
      (request, response) => this.#answer(request, response, true),
    );
  }

  /** PEM; a client that trusts it accepts certificates from `issueCertificates`. */
  get authority(): string {
    return this.#authority.cert;
  }
  /** From now on hosts with `letsencrypt` have a certificate. */
  issueCertificates(): void {
    this.#hasIssued = true;
  }

  async open(host: string, ports: { httpPort: number; httpsPort: number }): Promise<void> {
    this.httpPort = await listen(this.#plain, host, ports.httpPort);
    this.httpsPort = await listen(this.#secure, host, ports.httpsPort);
  }
  async close(): Promise<void> {
    await Promise.all([this.#plain, this.#secure].map(close));
  }

  #certificateOf(host: string) {
    const wanted = [...this.state.routes.values()].some(
      (route) => route.host === host && route.https && route.certificateType === "letsencrypt",
    );
    return wanted && this.#hasIssued ? this.#authority.issue(host) : undefined;
  }

  #answer(request: IncomingMessage, response: ServerResponse, isSecure: boolean): void {
    const host = (request.headers.host ?? "").replace(/:\d+$/, "").toLowerCase();
    const route = routeOf(this.state, host, request.url ?? "/", this.chance);
    if (!route || (isSecure && !route.https)) plainly(response, 404, "404 page not found\n");
    else if (!isSecure && route.https) {
      response.writeHead(308, { location: `https://${host}:${this.httpsPort}${request.url}` }).end();
    } else {
      const address = this.swarm.address(route.appName, route.port);
      if (address) pass(request, response, address);
      else plainly(response, 502, "Bad Gateway");
    }
  }
}

/** The longest path wins; between two applications with the same path chance decides. */
function routeOf(state: State, host: string, url: string, chance: () => number): Route | undefined {
  const fitting = [...state.routes.values()].filter((route) => route.host === host && url.startsWith(route.path));
  const longest = Math.max(...fitting.map(({ path }) => path.length));
  const equal = fitting.filter(({ path }) => path.length === longest);
  return equal[Math.min(Math.floor(chance() * equal.length), equal.length - 1)];
}

function pass(request: IncomingMessage, response: ServerResponse, { host, port }: { host: string; port: number }) {
  const { method, url, headers } = request;
  const onward = forward({ host, port, method, path: url, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.once("error", () => {
    if (response.headersSent) response.destroy();
    else plainly(response, 502, "Bad Gateway");
  });
  response.once("close", () => onward.destroy());
  request.pipe(onward);
}

function plainly(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(text);
}
