import { useTranslations } from "next-intl";
import { useCan } from "@/components/layout/viewer";
import { Link } from "@/components/ui/link";
import type { TargetView } from "@/lib/contracts/target";
import { CheckProblem } from "./check-problem";
import { Fact } from "./fact";
import { MachineFacts, SshFacts, TargetTools } from "./host-facts";
import { ConfirmHostKey } from "./host-key";
import { ConcurrencySelect } from "./target-actions";

/** A machine: its problem, its facts, its connection. Only a remote machine has an SSH connection and needs Caddy. */
export function HostBody({ target }: { target: TargetView }) {
  const t = useTranslations("targets");
  const mayChange = useCan()("target:write");
  const { name, ssh, isolates, lastCheck, services, concurrency } = target;
  return (
    <>
      {lastCheck?.problem && (
        <CheckProblem
          problem={lastCheck.problem}
          className="border-b"
          action={mayChange && isAboutHostKey(target) && <ConfirmHostKey target={target} />}
        />
      )}
      {!isolates && <p className="border-b wash-warning px-4 py-3 text-pretty text-warning">{t("notIsolated")}</p>}
      <dl className="grid grid-cols-2 gap-x-6 gap-y-4 p-4 @3xl/page:grid-cols-3">
        <Fact label={t("services")}>
          <Link
            href={`/services?target=${encodeURIComponent(name)}`}
            className="text-accent-text tabular-nums underline-offset-4 hover:underline"
          >
            {t("serviceCount", { count: services })}
          </Link>
        </Fact>
        <Fact label={t("concurrency")}>
          {mayChange ? <ConcurrencySelect target={target} /> : t("atOnce", { count: concurrency })}
        </Fact>
        {lastCheck?.ok && <MachineFacts check={lastCheck} isRemote={ssh !== null} />}
      </dl>
      {ssh && (
        <dl className="grid gap-x-6 gap-y-4 border-t p-4 @lg/page:grid-cols-2">
          <SshFacts ssh={ssh} />
        </dl>
      )}
      {lastCheck && <TargetTools needsCaddy={ssh !== null} check={lastCheck} />}
    </>
  );
}

/** A person can resolve it here by comparing the fingerprint. */
function isAboutHostKey({ ssh, lastCheck }: TargetView): boolean {
  const code = lastCheck?.problem?.code;
  return ssh !== null && !ssh.isHostKeyFixed && (code === "host-key-unconfirmed" || code === "host-key-changed");
}
