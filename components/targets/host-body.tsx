import { useTranslations } from "next-intl";
import { useCan } from "@/components/layout/viewer";
import { Link } from "@/components/ui/link";
import type { TargetView } from "@/lib/contracts/target";
import { CheckProblem } from "./check-problem";
import { ConcurrencySelect } from "./concurrency-select";
import { ConfirmHostKey } from "./confirm-host-key";
import { Fact } from "./fact";
import { MachineFacts } from "./machine-facts";
import { SshFacts } from "./ssh-facts";
import { TargetTools } from "./target-tools";

/** What is known of a machine: what is wrong, what it has, how it is reached. */
export function HostBody({ target }: { target: TargetView }) {
  const t = useTranslations("targets");
  const mayChange = useCan()("target:write");
  const { name, kind, ssh, isolates, lastCheck, services, concurrency } = target;
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
      {lastCheck && <TargetTools kind={kind} check={lastCheck} />}
    </>
  );
}

/** It can be put right here, by a person who compares a fingerprint. */
function isAboutHostKey({ ssh, lastCheck }: TargetView): boolean {
  const code = lastCheck?.problem?.code;
  return ssh !== null && !ssh.isHostKeyFixed && (code === "host-key-unconfirmed" || code === "host-key-changed");
}
