import { v7 as uuidv7 } from "uuid";
import * as z from "zod";
import { type DokployView, EndpointMode } from "@/lib/contracts/dokploy";
import { Problem } from "@/lib/contracts/problem";
import { NewDokploy, type TargetChange, type TargetCheck, type TargetTest } from "@/lib/contracts/target";
import { openDokploy } from "@/lib/drivers/dokploy/client/client";
import type { DokployAccess } from "@/lib/drivers/dokploy/context";
import { db } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";
import { ANY_WORKER } from "@/lib/platform/queue/queues";
import { seal, unseal } from "@/lib/platform/secrets/seal";
import { Secret } from "@/lib/platform/secrets/secret";
import { circuitOf, keepCircuit } from "../circuit-store";
import {
  type Description,
  factsThatDiffer,
  failedCheck,
  given,
  type ReachChange,
  type ShownTarget,
  type StoredTarget,
  type TargetKind,
  type TargetRow,
  targetPlace,
  unreachable,
  unset,
} from "../kind";
import { openDokployInventory } from "./inventory";
import { preflightDokploy } from "./preflight";

/** A Dokploy server, which runs stacks as its applications. Its API is all that Landfall uses of it. */

const description: Description<NewDokploy, Extract<TargetTest, { kind: "dokploy" }>> = {
  schema: NewDokploy,
  create: async (input) => {
    const dokploy = takeDokploy(input, null);
    const id = uuidv7();
    return { columns: { id, ...toDokployColumns(id, dokploy) }, facts: dokployFacts(dokploy) };
  },
  test: async (draft, known) => {
    const server = takeDokploy(draft, known && toDokployTarget(known));
    return preflight({ id: known?.id ?? null, name: draft.name ?? "a test" }, server);
  },
  change,
};

export const dokployKind: TargetKind = {
  description,
  isServer: true,
  get compareEveryMs() {
    return env.DRIFT_INTERVAL_MS;
  },
  health: "platforms",
  isHere: async () => true,
  connect: async (target) => {
    const access = openDokployServer(target);
    return { access, host: null, ping: async () => {}, close: async () => {} };
  },
  queue: () => ANY_WORKER,
  check,
  inventory: async (target) => openDokployInventory(openDokployServer(target)),
  clear: async () => {}, // its services share nothing there
  view: (row) => ({ ssh: null, dokploy: viewOf(row) }),
  repairs: ({ settings }) => DokployTargetSettings.safeParse(settings).data?.repair ?? false,
  // A target that was removed keeps no settings: then the standard ports.
  proxyPorts: ({ settings }) => {
    const { httpPort = 80, httpsPort = 443 } = DokployTargetSettings.safeParse(settings).data ?? {};
    return { httpPort, httpsPort };
  },
};

/** What drivers receive for a Dokploy server. All clients of this process for a server share one circuit. */
function openDokployServer(target: StoredTarget): DokployAccess {
  const read = toDokployTarget(target);
  if (!read) throw unreachable(target, "its settings say nothing of how it is reached");
  if (read.settings.goneAt !== null) throw unset(target);
  const { id, name } = target;
  const { url, httpPort, httpsPort, endpointMode } = read.settings;
  const dokploy = openDokploy({
    name,
    url,
    apiKey: read.secrets.apiKey,
    onCircuit: (circuit) => keepCircuit(id, circuit),
  });
  return { dokploy, targetId: id, proxyPorts: { httpPort, httpsPort }, isDirect: endpointMode === "dnsrr" };
}

async function check(target: TargetRow): Promise<TargetCheck> {
  const read = toDokployTarget(target);
  if (!read || read.settings.goneAt !== null) return failedCheck({ code: "target-unset", params: {} });
  return preflight(target, read);
}

async function preflight(
  { id, name }: { id: string | null; name: string },
  { settings, secrets }: DokployTarget,
): Promise<TargetCheck> {
  return preflightDokploy({
    name,
    url: settings.url,
    apiKey: secrets.apiKey,
    suffixes: await listDomainSuffixes(id),
    isDirect: settings.endpointMode === "dnsrr",
  });
}

/** The domains of stacks on the server: those of its templates, and of templates that name no server. */
async function listDomainSuffixes(targetId: string | null): Promise<string[]> {
  const where = { OR: [{ targetId: null }, ...(targetId === null ? [] : [{ targetId }])] };
  const rows = await db.stackTemplate.findMany({ where, distinct: ["domainSuffix"], select: { domainSuffix: true } });
  return rows.map(({ domainSuffix }) => domainSuffix);
}

function viewOf(row: ShownTarget): DokployView | null {
  const dokploy = DokployTargetSettings.safeParse(row.settings).data;
  if (!dokploy) return null;
  const { goneAt: _, ...facts } = dokploy;
  return { ...facts, circuit: circuitOf(row) };
}

/** Another address or key. The check that follows shows whether it works. */
async function change(target: TargetRow, change: TargetChange): Promise<ReachChange> {
  const before = target.readOnly ? null : toDokployTarget(target);
  if (!before) throw new Problem("read-only", { params: { name: target.name } });
  const { url, httpPort, httpsPort, endpointMode, repair } = change;
  const apiKey = change.apiKey === undefined ? before.secrets.apiKey : new Secret(change.apiKey);
  const facts = given({ url, httpPort, httpsPort, endpointMode, repair }) as Partial<DokployTargetSettings>;
  const after = { settings: { ...before.settings, ...facts, goneAt: null }, secrets: { apiKey } };
  const isNewKey = !apiKey.equals(before.secrets.apiKey);
  return {
    columns: toDokployColumns(target.id, after),
    details: { ...factsThatDiffer(dokployFacts(before), dokployFacts(after)), ...(isNewKey && { apiKey: "changed" }) },
  };
}

/* The row of a Dokploy server: settings that anyone may read, and its encrypted key. */

export const DokployTargetSettings = z.object({
  /** Without `/api`. */
  url: z.string(),
  /** The ports of the proxy that leads to the domains of its applications. */
  httpPort: z.int().default(80),
  httpsPort: z.int().default(443),
  /** `dnsrr` for a kernel without IPVS, where no virtual IP of the swarm answers. */
  endpointMode: EndpointMode.default("vip"),
  /** Is a stack that went down deployed again without a person asking? */
  repair: z.boolean().default(false),
  /** When the environment stopped naming this server; null while it does, and for servers that people added. */
  goneAt: z.string().nullable().default(null),
});
export type DokployTargetSettings = z.infer<typeof DokployTargetSettings>;

export interface DokployTarget {
  settings: DokployTargetSettings;
  secrets: { apiKey: Secret };
}

/** A Dokploy server as a person describes it. A key that is not given is taken from `known`. */
function takeDokploy(
  {
    url,
    apiKey,
    httpPort,
    httpsPort,
    endpointMode,
    repair,
  }: Partial<Pick<NewDokploy, "apiKey">> & Omit<NewDokploy, "name" | "apiKey">,
  known: DokployTarget | null,
): DokployTarget {
  const key = apiKey === undefined ? known?.secrets.apiKey : new Secret(apiKey);
  if (key === undefined)
    throw new Problem("invalid-request", { fields: [{ path: ["apiKey"], code: "required", message: "required" }] });
  return { settings: { url, httpPort, httpsPort, endpointMode, repair, goneAt: null }, secrets: { apiKey: key } };
}

/** Null for a row without valid settings and a key. */
export function toDokployTarget(row: Pick<StoredTarget, "id" | "settings" | "sealedSecrets">): DokployTarget | null {
  const settings = DokployTargetSettings.safeParse(row.settings).data;
  if (!settings || row.sealedSecrets === null) return null;
  return { settings, secrets: unseal<DokployTarget["secrets"]>(row.sealedSecrets, targetPlace(row.id)) };
}

export function toDokployColumns(id: string, { settings, secrets }: DokployTarget) {
  return { settings, sealedSecrets: seal(secrets, targetPlace(id)) };
}

/** For the audit trail: everything that is not encrypted. */
function dokployFacts({ settings: { goneAt: _, ...facts } }: DokployTarget) {
  return facts;
}
