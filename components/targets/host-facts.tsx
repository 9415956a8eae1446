import { TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { cn } from "@/components/ui/cn";
import { CopyButton } from "@/components/ui/copy-button";
import { ltr, useQuantities } from "@/components/ui/quantities";
import type { HostKeyView, SshKeyFacts, SshView } from "@/lib/contracts/ssh";
import type { TargetCheck } from "@/lib/contracts/target";
import { Fact } from "./fact";

const NEARLY_FULL = 0.9;

/** The machine's facts at the last check; for a remote one also its latency. */
export function MachineFacts({ check, isRemote }: { check: TargetCheck; isRemote: boolean }) {
  const t = useTranslations("targets");
  const { cores, os, latencyMs } = check;
  return (
    <>
      {isRemote && (
        <Fact label={t("latency")}>
          <span className="figures">{latencyMs === null ? "–" : `${latencyMs} ms`}</span>
        </Fact>
      )}
      <Fact label={t("disk")}>
        <Amount free={check.diskFreeBytes} total={check.diskTotalBytes} />
      </Fact>
      <Fact label={t("memory")}>
        <Amount free={check.memoryFreeBytes} total={check.memoryTotalBytes} />
      </Fact>
      <Fact label={t("system")}>
        <span className="min-w-0">
          <bdi className="block">{os ?? "–"}</bdi>
          {cores !== null && <span className="block text-faint text-sm">{t("cores", { count: cores })}</span>}
        </span>
      </Fact>
    </>
  );
}

/** The free amount, as a number and as a bar of what is used. */
function Amount({ free, total }: { free: number | null; total: number | null }) {
  const t = useTranslations("targets");
  const quantities = useQuantities();
  if (free === null) return <span className="figures">–</span>;
  const used = total ? Math.min(1, Math.max(0, 1 - free / total)) : null;
  return (
    <span className="w-full max-w-44">
      <span className="block whitespace-nowrap tabular-nums">
        {total === null
          ? ltr(quantities.bytes(free))
          : t("freeOf", { free: ltr(quantities.bytes(free)), total: ltr(quantities.bytes(total)) })}
      </span>
      {used !== null && (
        <span aria-hidden className="mt-1.5 block h-1 overflow-hidden rounded-full bg-subtle">
          <span
            className={used > NEARLY_FULL ? "block h-full bg-warning" : "block h-full bg-line-strong"}
            style={{ width: `${(used * 100).toFixed(1)}%` }}
          />
        </span>
      )}
    </span>
  );
}

/** Product names, the same in every language, in display order. */
const NAMES: Record<string, string> = {
  docker: "Docker",
  systemd: "systemd",
  caddy: "Caddy",
  node: "Node.js",
  npm: "npm",
  python3: "Python",
};

/** The tools that drivers may need, with their versions. `needsCaddy`: without Caddy, services of the target have no route. */
export function TargetTools({ needsCaddy, check: { ok, tools } }: { needsCaddy: boolean; check: TargetCheck }) {
  const t = useTranslations("targets");
  const known = Object.keys(NAMES).filter((tool) => tool in tools);
  const entries = [...new Set([...known, ...Object.keys(tools)])].map((tool) => [tool, tools[tool] ?? null] as const);
  if (entries.length === 0) return null;
  return (
    <div className="flex flex-col gap-2.5 border-t px-4 py-3">
      <ul aria-label={t("tools")} className="flex flex-wrap gap-2">
        {entries.map(([tool, version]) => (
          <li
            key={tool}
            className={cn(
              "inline-flex h-6 max-w-full items-center gap-1.5 rounded-md border px-2 text-xs",
              version === null ? "border-dashed text-faint" : "bg-background",
            )}
          >
            <span className="font-medium">{NAMES[tool] ?? tool}</span>
            {version === null ? t("missing") : <span className="figures truncate text-muted">{version}</span>}
          </li>
        ))}
      </ul>
      {needsCaddy && ok && tools.caddy === null && (
        <p className="flex items-start gap-2 text-pretty text-sm text-warning">
          <TriangleAlert aria-hidden className="mt-px size-4 shrink-0" />
          {t("noCaddy")}
        </p>
      )}
    </div>
  );
}

/** How a server is reached, and the keys of both sides. */
export function SshFacts({ ssh }: { ssh: SshView }) {
  const t = useTranslations("targets");
  const { base, publicHost, hostKey, jump } = ssh;
  return (
    <>
      <Fact label={t("hostKey")}>
        {hostKey ? (
          <span className="flex min-w-0 items-end gap-1">
            <HostKey hostKey={hostKey} />
            <CopyButton text={hostKey.fingerprint} label={t("copyFingerprint")} className="-my-1" />
          </span>
        ) : (
          <span className="text-warning">{t("unconfirmed")}</span>
        )}
      </Fact>
      <Fact label={t("signsIn")}>
        <KeyName facts={ssh.key} />
      </Fact>
      <Fact label={t("base")}>
        <Mono text={base} />
      </Fact>
      {publicHost && (
        <Fact label={t("publicHost")}>
          <Mono text={publicHost} />
        </Fact>
      )}
      {jump && (
        <Fact label={t("jump")}>
          <span className="min-w-0">
            <span className="figures block break-all text-[0.92em]">{sshAddress(jump)}</span>
            <HostKey hostKey={jump.hostKey} />
            <KeyName facts={jump.key} />
          </span>
        </Fact>
      )}
    </>
  );
}

function Mono({ text }: { text: string }) {
  return <span className="figures break-all text-[0.92em]">{text}</span>;
}

function HostKey({ hostKey: { keyType, fingerprint } }: { hostKey: HostKeyView }) {
  return (
    <span className="figures block min-w-0 text-[0.92em]">
      <span className="block">{keyType}</span>
      <span className="block break-all text-muted">{fingerprint}</span>
    </span>
  );
}

/** "Private key · ssh-ed25519" and its fingerprint below: nothing else of a key is shown. */
export function KeyName({ facts: { kind, keyType, fingerprint } }: { facts: SshKeyFacts }) {
  const t = useTranslations("targets.keyKinds");
  return (
    <span className="min-w-0">
      <span className="block">
        {t(kind)}
        {keyType && (
          <>
            {" · "}
            <span className="figures text-[0.92em]">{keyType}</span>
          </>
        )}
      </span>
      {fingerprint && <span className="figures block break-all text-[0.92em] text-muted">{fingerprint}</span>}
    </span>
  );
}

/** `deploy@10.0.0.4:22`; an IPv6 address is in brackets, as always before a port. */
export function sshAddress({ host, port, user }: { host: string; port: number; user: string }): string {
  return `${user}@${host.includes(":") ? `[${host}]` : host}:${port}`;
}
