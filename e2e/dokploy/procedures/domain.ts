import * as z from "zod";
import { applicationIfThere, applicationOf } from "../access";
import { ApiError, failedQuery, notFound } from "../api-error";
import { type Call, mutation, type Procedures, query } from "../procedure";
import { type ComposeRow, type DomainRow, newId, now } from "../rows";
import type { Version } from "../version";
import { domainRowView, domainView } from "../views";
import { boolean, id, number, text } from "./shapes";

const HOST = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;
const COMPLAINT =
  "Invalid domain name. Use only letters, numbers, hyphens and dots (e.g. example.com). Underscores are not allowed.";

const hostOf = (version: Version) =>
  version.isAtLeast("0.29.9") ? text.refine((host) => HOST.test(host), { error: COMPLAINT }) : text.min(1);

const optional = {
  path: text.min(1).nullish(),
  port: number
    .min(1, { error: "Port must be at least 1" })
    .max(65_535, { error: "Port must be at most 65535" })
    .nullish(),
  customEntrypoint: text.nullish(),
  https: boolean.optional(),
  certificateType: z.enum(["letsencrypt", "none", "custom"]).optional(),
  customCertResolver: text.nullish(),
  domainType: z.enum(["compose", "application", "preview"]).nullish(),
  internalPath: text.nullish(),
  stripPath: boolean.optional(),
  middlewares: z.array(text).nullish(),
};

const newDomain = (version: Version) => z.object({ ...optional, host: hostOf(version), applicationId: text.nullish() });
type NewDomain = z.output<ReturnType<typeof newDomain>>;

const STANDARD = {
  ...{ https: false, port: 3000, customEntrypoint: null, path: "/", serviceName: null, domainType: "application" },
  ...{ composeId: null, customCertResolver: null, previewDeploymentId: null, certificateType: "none" },
  ...{ internalPath: "/", stripPath: false, middlewares: [], forwardAuthEnabled: false, enabled: true },
};

/** The server checks neither that hosts are unique nor that their owner exists. */
function create(call: Call, { applicationId, ...given }: NewDomain) {
  const { state, version } = call.server;
  const row: DomainRow = {
    ...STANDARD,
    ...given,
    domainType: given.domainType ?? STANDARD.domainType,
    ...fresh(applicationId),
  };
  if (applicationId && !state.applications.has(applicationId)) {
    const statement = 'insert into "domain" ("domainId", "host", …) values ($1, $2, default, $3, …) returning …';
    throw new ApiError(
      "BAD_REQUEST",
      failedQuery(statement, [row.domainId, row.host, row.port, row.createdAt, applicationId]),
    );
  }
  if (applicationId && given.domainType === "application") applicationOf(call, applicationId);
  row.uniqueConfigKey = state.nextDomainNumber();
  state.domains.set(row.domainId, row);
  route(call, row);
  return domainRowView(row, version);
}

const fresh = (applicationId: string | null | undefined) => ({
  ...{ domainId: newId(), createdAt: now(), applicationId: applicationId ?? null },
});

/** Traefik applies it immediately. */
function route({ server: { state } }: Call, row: DomainRow): void {
  const application = state.applications.get(row.applicationId ?? "");
  if (!application) return;
  const { host, path, port, https, certificateType } = row;
  state.routes.set(row.domainId, {
    ...{ host: host.toLowerCase(), path: path ?? "/", port: port ?? 80, https, certificateType },
    appName: application.appName,
  });
}

function domainOf(call: Call, domainId: string): DomainRow {
  const row = call.server.state.domains.get(domainId);
  if (!row) throw notFound("Domain");
  applicationIfThere(call, row.applicationId);
  return row;
}

function composeDomain({ composeId, name, host }: ComposeRow): DomainRow {
  const at = new Date(0).toISOString();
  return {
    ...STANDARD,
    ...{ domainId: `domain-of-${composeId}`, host, domainType: "compose", composeId, serviceName: name },
    ...{ applicationId: null, createdAt: at, uniqueConfigKey: 0 },
  };
}

function overviewOf(row: DomainRow, owner: { id: string; type: "application" | "compose"; name: string }) {
  const { domainId, host, path, port, https, certificateType, createdAt, domainType, customEntrypoint, enabled } = row;
  return {
    ...{ domainId, host, path, port, https, certificateType, createdAt, domainType, customEntrypoint, enabled },
    ...{ serviceOwnerId: owner.id, serviceOwnerType: owner.type, serviceName: owner.name },
    ...{ projectId: "", projectName: "", environmentId: "", environmentName: "" },
  };
}

export const domainProcedures = (version: Version): Procedures => ({
  "domain.create": mutation(newDomain(version), (input, call) => create(call, input)),
  "domain.one": query(z.object({ domainId: id }), ({ domainId }, call) =>
    domainView(call.server.state, domainOf(call, domainId), version),
  ),
  "domain.byApplicationId": query(z.object({ applicationId: id }), ({ applicationId }, call) => {
    applicationIfThere(call, applicationId);
    const { state } = call.server;
    return state.domainsOf(applicationId).map((row) => domainView(state, row, version));
  }),
  "domain.byComposeId": query(z.object({ composeId: id }), ({ composeId }, call) => {
    const found = [...call.server.state.composes.values()].filter((row) => row.composeId === composeId);
    return found.map((row) => composeDomain(row));
  }),
  /** All domains in one answer (seen on v0.30.2); the owner of each is in its row. */
  "overview.domains": query(z.object({}), (_, call) => {
    const { state } = call.server;
    if (call.caller.role === "member") return [];
    const ofApplications = [...state.domains.values()].flatMap((row) => {
      const application = state.applications.get(row.applicationId ?? "");
      if (!application || state.organizationOf(application) !== call.caller.organizationId) return [];
      return [overviewOf(row, { id: application.applicationId, type: "application", name: application.name })];
    });
    const ofComposes = [...state.composes.values()].map((row) =>
      overviewOf(composeDomain(row), { id: row.composeId, type: "compose", name: row.name }),
    );
    return [...ofApplications, ...ofComposes];
  }),
  "domain.update": mutation(z.object({ ...optional, host: hostOf(version), domainId: text }), (input, call) => {
    const { domainId, ...changes } = input;
    const row = domainOf(call, domainId);
    Object.assign(row, Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)));
    route(call, row);
    return domainRowView(row, version);
  }),
  "domain.delete": mutation(z.object({ domainId: text }), ({ domainId }, call) => {
    const row = domainOf(call, domainId);
    call.server.state.domains.delete(domainId);
    call.server.state.routes.delete(domainId);
    return domainRowView(row, version);
  }),
});
