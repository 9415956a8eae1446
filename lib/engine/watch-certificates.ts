import type { Duplex } from "node:stream";
import { checkServerIdentity, connect, type PeerCertificate } from "node:tls";
import { DeploymentSpec } from "@/lib/contracts/service";
import { LocalHost } from "@/lib/hosts/local-host";
import { db, transaction } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";
import { log } from "@/lib/platform/log";
import { publish } from "@/lib/platform/outbox/outbox";
import { isReachableFromHere, withConnection } from "@/lib/targets/registry";
import { toTargetRow } from "@/lib/targets/target-store";

/*
 * Looks at the TLS certificates of the domains of live services, at the edge of their host, and at the console's own. One
 * that nothing has renewed shortly before its end is published once.
 */

/** Caddy renews in the last third of a certificate's life, so that in the last quarter something is wrong. */
const LAST_PART = 1 / 4;
const LONGEST_NOTICE_MS = 14 * 24 * 60 * 60_000;
const HANDSHAKE_MS = 10_000;
const AT_ONCE = 8;
/** A certificate that ended this long ago is forgotten. */
const KEPT_MS = 365 * 24 * 60 * 60_000;

interface Named {
  domain: string;
  /** Null for the console itself. */
  serviceId: string | null;
}

/** Several workers may do so concurrently. A domain that does not answer with a certificate of its own is left out. */
export async function watchCertificates(stopping: AbortSignal, { port = 443 } = {}): Promise<void> {
  await db.endingCertificate.deleteMany({ where: { endsAt: { lt: new Date(Date.now() - KEPT_MS) } } });
  const byTarget = Map.groupBy(await findDomains(), ({ targetId }) => targetId);
  const targets = await db.target.findMany({
    where: { id: { in: [...byTarget.keys()] }, disabledAt: null, deletedAt: null },
  });
  await Promise.all([
    watchConsole(stopping),
    ...targets.map(async (row) => {
      const target = toTargetRow(row);
      if (!(await isReachableFromHere(target))) return;
      try {
        await withConnection(target, async ({ host }) => {
          const domains = (byTarget.get(row.id) ?? []).values();
          const open = (signal: AbortSignal) => host?.host.connect({ port }, signal);
          await Promise.all(
            Array.from({ length: AT_ONCE }, async () => {
              for (const named of domains) await look(named, open, stopping);
            }),
          );
        });
      } catch (error) {
        stopping.throwIfAborted();
        log.debug({ err: error, target: target.name }, "the certificates of a target were not looked at");
      }
    }),
  ]);
}

/** The domains of live releases. Those of a platform are not asked for: its own proxy renews them. */
async function findDomains(): Promise<(Named & { targetId: string })[]> {
  const services = await db.service.findMany({
    where: { deletedAt: null, currentReleaseId: { not: null } },
    select: { id: true, targetId: true, currentRelease: { select: { spec: true } } },
  });
  return services.flatMap(({ id: serviceId, targetId, currentRelease }) => {
    const domain = DeploymentSpec.shape.domain.safeParse((currentRelease?.spec as { domain?: unknown })?.domain).data;
    return domain ? [{ domain, serviceId, targetId }] : [];
  });
}

async function watchConsole(stopping: AbortSignal): Promise<void> {
  const url = env.NEXTAUTH_URL ? new URL(env.NEXTAUTH_URL) : null;
  if (url?.protocol !== "https:") return;
  const address = { host: url.hostname, port: Number(url.port) || 443 };
  const open = (signal: AbortSignal) => new LocalHost().connect(address, signal);
  await look({ domain: url.hostname, serviceId: null }, open, stopping);
}

type Open = (signal: AbortSignal) => Promise<Duplex> | undefined;

async function look(named: Named, open: Open, stopping: AbortSignal): Promise<void> {
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(HANDSHAKE_MS)]);
  try {
    const socket = await open(signal);
    if (!socket) return;
    const certificate = await certificateOf(socket, named.domain, signal);
    if (certificate) await publishIfEnding(named, certificate);
  } catch (error) {
    stopping.throwIfAborted();
    log.debug({ err: error, domain: named.domain }, "a domain did not answer with a certificate");
  }
}

/** The certificate that a server shows for this name; null for one of another name. It need not be trusted here. */
async function certificateOf(socket: Duplex, domain: string, signal: AbortSignal): Promise<PeerCertificate | null> {
  const secured = connect({ socket, servername: domain, rejectUnauthorized: false });
  const abort = () => secured.destroy(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    await new Promise<void>((resolve, reject) => secured.once("secureConnect", resolve).once("error", reject));
    const certificate = secured.getPeerCertificate();
    return checkServerIdentity(domain, certificate) === undefined ? certificate : null;
  } finally {
    signal.removeEventListener("abort", abort);
    secured.destroy();
    socket.destroy();
  }
}

async function publishIfEnding({ domain, serviceId }: Named, certificate: PeerCertificate): Promise<void> {
  const [beginsMs, endsMs] = [Date.parse(certificate.valid_from), Date.parse(certificate.valid_to)];
  if (endsMs - Date.now() > Math.min(LONGEST_NOTICE_MS, (endsMs - beginsMs) * LAST_PART)) return;
  const endsAt = new Date(endsMs);
  const row = { fingerprint: certificate.fingerprint256, domain, endsAt };
  await transaction(async (tx) => {
    const { count } = await tx.endingCertificate.createMany({ data: row, skipDuplicates: true });
    if (count > 0) await publish(tx, { type: "certificate.ending", serviceId, domain, endsAt: endsAt.toISOString() });
  });
}
