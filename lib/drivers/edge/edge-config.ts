import * as z from "zod";
import { OLD_ASSET_HEADERS } from "../release-layout";

/**
 * Services in Caddy's configuration. Each has two slots, blue and green, with a private port each. Both are always
 * configured; a file that Caddy checks for every request (`liveFolder`) says which one is live. Changing the configuration
 * instead would lose requests: Caddy replaces its servers, and a client that sends on an open connection finds it closed
 * (docs/decisions/0010). So the configuration changes only when a service is added, removed, or gets another address.
 */
export const SLOTS = ["blue", "green"] as const;
export type Slot = (typeof SLOTS)[number];

/** The public address of a service. */
export interface Reach {
  publicPort: number;
  /** All interfaces when null. */
  bindAddress: string | null;
  domain: string | null;
  /** Issued by a public authority, or by Caddy itself (for names that are not on the internet). */
  certificate: "automatic" | "internal";
}
export interface EdgeService extends Reach {
  name: string;
  slots: Record<Slot, number>;
  /** Are files of earlier releases answered where the live one has none? */
  keepsAssets: boolean;
}

/** The folders that Caddy looks into for a service. */
export interface EdgeFolders {
  /** Its file `green` makes the green slot live. */
  live: string;
  /** The files of earlier releases, by the paths of the site. */
  assets: string;
}

const ProxyHandler = z.looseObject({
  handler: z.literal("reverse_proxy"),
  upstreams: z.array(z.object({ dial: z.string() })),
  handle_response: z.array(z.unknown()).default([]),
});
const Route = z.looseObject({
  "@id": z.string().optional(),
  match: z.array(z.looseObject({ host: z.array(z.string()).optional() })).optional(),
  handle: z.array(z.looseObject({})),
});
const Server = z.looseObject({ listen: z.array(z.string()), routes: z.array(Route).default([]) });
const Policy = z.looseObject({ "@id": z.string().optional() });
/** The `apps` of Caddy's configuration, as far as Landfall changes them. */
export const EdgeApps = z.looseObject({
  http: z.looseObject({ servers: z.record(z.string(), Server).default({}) }),
  tls: z.looseObject({ automation: z.looseObject({ policies: z.array(Policy).default([]) }).optional() }).optional(),
});
export type EdgeApps = z.infer<typeof EdgeApps>;

const DOMAINS = "domains";
const serverKey = (name: string) => `service-${name}`;
const domainId = (name: string) => `domain-${name}`;
const certificateId = (name: string) => `certificate-${name}`;

export const NO_APPS: EdgeApps = { http: { servers: {} } };

/** The configuration with this service added or replaced. */
export function withService(apps: EdgeApps, service: EdgeService, folders: EdgeFolders): EdgeApps {
  const rest = withoutService(apps, service.name);
  const servers = { ...rest.http.servers, [serverKey(service.name)]: serverOf(service, folders) };
  if (service.domain === null) return { ...rest, http: { ...rest.http, servers } };
  const domains = servers[DOMAINS] ?? { listen: [":443"], routes: [] };
  const route = domainRoute(service, service.domain, folders);
  return {
    ...rest,
    http: { ...rest.http, servers: { ...servers, [DOMAINS]: { ...domains, routes: [...domains.routes, route] } } },
    ...(service.certificate === "internal" && { tls: withPolicy(rest.tls, service.name, service.domain) }),
  };
}

export function withoutService(apps: EdgeApps, name: string): EdgeApps {
  const { [serverKey(name)]: _, [DOMAINS]: domains, ...servers } = apps.http.servers;
  const routes = domains?.routes.filter((route) => route["@id"] !== domainId(name)) ?? [];
  const kept = domains && routes.length > 0 ? { ...servers, [DOMAINS]: { ...domains, routes } } : servers;
  const policies = apps.tls?.automation?.policies.filter((policy) => policy["@id"] !== certificateId(name));
  const tls = policies && { tls: { ...apps.tls, automation: { ...apps.tls?.automation, policies } } };
  return { ...apps, http: { ...apps.http, servers: kept }, ...tls };
}

/**
 * Where Caddy would listen with `next` on ports on which it does not listen yet; a null address means all. With its first
 * domain it opens port 80 too, for redirects and certificates.
 */
export function newListeners(before: EdgeApps, next: EdgeApps): { address: string | null; port: number }[] {
  const listens = ({ http: { servers } }: EdgeApps) =>
    [...Object.values(servers).flatMap(({ listen }) => listen), ...(servers[DOMAINS] ? [":80"] : [])].flatMap(
      (at) => addressOf(at) ?? [],
    );
  const open = new Set(listens(before).map(({ port }) => port));
  return listens(next).filter(({ port }) => !open.has(port));
}

/** Of ":80", "10.0.0.1:80" or "[::1]:80". */
function addressOf(listen = ""): { address: string | null; port: number } | null {
  const [, address, port] = /^(?:\[?(.*?)\]?)?:(\d+)$/.exec(listen) ?? [];
  return port === undefined ? null : { address: address || null, port: Number(port) };
}

/** Null if there is no such service. */
export function serviceIn(apps: EdgeApps, name: string): EdgeService | null {
  const server = apps.http.servers[serverKey(name)];
  const [green, blue] = server?.routes.flatMap((route) => proxyOf(route) ?? []) ?? [];
  const at = addressOf(server?.listen[0]);
  if (!at || !green || !blue) return null;
  const domains = apps.http.servers[DOMAINS]?.routes.find((route) => route["@id"] === domainId(name));
  const isInternal = apps.tls?.automation?.policies.some((policy) => policy["@id"] === certificateId(name)) ?? false;
  return {
    name,
    publicPort: at.port,
    bindAddress: at.address,
    domain: domains?.match?.[0]?.host?.[0] ?? null,
    certificate: isInternal ? "internal" : "automatic",
    slots: { blue: blue.port, green: green.port },
    keepsAssets: blue.keepsAssets,
  };
}

export function servicesIn(apps: EdgeApps): EdgeService[] {
  const names = Object.keys(apps.http.servers).flatMap((key) => /^service-(.+)$/.exec(key)?.[1] ?? []);
  return names.flatMap((name) => serviceIn(apps, name) ?? []);
}

function serverOf(service: EdgeService, folders: EdgeFolders) {
  const { publicPort, bindAddress } = service;
  const host = bindAddress?.includes(":") ? `[${bindAddress}]` : (bindAddress ?? "");
  return {
    listen: [`${host}:${publicPort}`],
    // Plain HTTP, also on port 443.
    automatic_https: { disable: true },
    routes: slotRoutes(service, folders),
  };
}

function domainRoute(service: EdgeService, domain: string, folders: EdgeFolders) {
  return {
    "@id": domainId(service.name),
    match: [{ host: [domain] }],
    handle: [{ handler: "subroute", routes: slotRoutes(service, folders) }],
    terminal: true,
  };
}

/** The first route that matches is used: green while its file exists. */
function slotRoutes({ slots, keepsAssets }: EdgeService, { live, assets }: EdgeFolders) {
  const whileGreen = [{ file: { root: live, try_files: ["/green"] } }];
  const fallback = keepsAssets ? { handle_response: [oldAssets(assets)] } : {};
  const proxy = (port: number) => ({ ...proxyTo(port), ...fallback });
  return [WITHOUT_OFFERS, { match: whileGreen, handle: [proxy(slots.green)] }, { handle: [proxy(slots.blue)] }];
}

/**
 * Where the live release answers 404, a file that an earlier one had at the same path is the answer. Their names need no
 * hash, so that no cache keeps them longer than the host does.
 */
function oldAssets(root: string) {
  const isKept = { method: ["GET", "HEAD"], not: [{ path: ["*/"] }], file: { root } };
  const { "cache-control": cache, "x-content-type-options": sniff } = OLD_ASSET_HEADERS;
  const headers = { "Cache-Control": [cache], "X-Content-Type-Options": [sniff] };
  const answer = [
    { handler: "headers", response: { set: headers } },
    { handler: "file_server", root, index_names: [], canonical_uris: false },
  ];
  return {
    match: { status_code: [404] },
    routes: [{ match: [isKept], handle: answer }, { handle: [{ handler: "copy_response" }] }],
  };
}

/**
 * Clients may offer to upgrade to another protocol with any request (Java's does with its first). A release that accepted
 * would keep the client's connection through every switch.
 */
const WITHOUT_OFFERS = {
  match: [{ header: { Upgrade: ["h2*", "*h2c", "http/*", "HTTP/*", "tls/*", "TLS/*"] } }],
  handle: [{ handler: "headers", request: { delete: ["Upgrade", "HTTP2-Settings"] } }],
};

/**
 * A new connection to the release per request: a reused one may be closed by the release at that moment, and the request
 * would be lost.
 */
function proxyTo(port: number) {
  return {
    handler: "reverse_proxy" as const,
    transport: { protocol: "http", keep_alive: { enabled: false } },
    upstreams: [{ dial: `127.0.0.1:${port}` }],
  };
}

function proxyOf({ handle }: z.infer<typeof Route>): { port: number; keepsAssets: boolean } | null {
  const proxy = ProxyHandler.safeParse(handle[0]).data;
  const port = /:(\d+)$/.exec(proxy?.upstreams[0]?.dial ?? "")?.[1];
  return proxy && port !== undefined ? { port: Number(port), keepsAssets: proxy.handle_response.length > 0 } : null;
}

function withPolicy(tls: EdgeApps["tls"], name: string, domain: string): NonNullable<EdgeApps["tls"]> {
  const policy = { "@id": certificateId(name), subjects: [domain], issuers: [{ module: "internal" }] };
  return { ...tls, automation: { ...tls?.automation, policies: [...(tls?.automation?.policies ?? []), policy] } };
}
