import { CircleCheck, CirclePause, type LucideIcon, RefreshCw } from "lucide-react";
import { useTranslations } from "next-intl";
import { useCan } from "@/components/layout/viewer";
import { cn } from "@/components/ui/cn";
import { ExternalLink } from "@/components/ui/external-link";
import type { DokployView } from "@/lib/contracts/dokploy";
import type { TargetView } from "@/lib/contracts/target";
import { CheckProblem } from "./check-problem";
import { Fact } from "./fact";
import { ConcurrencySelect } from "./target-actions";

interface Props {
  target: TargetView;
  /** On its own page, where the pre-flight shows the problems. */
  isWhole?: boolean | undefined;
}

/** A Dokploy server: its problem, its connection, its stacks. */
export function DokployBody({ target, isWhole }: Props) {
  const t = useTranslations("targets");
  const mayChange = useCan()("target:write");
  const { dokploy, lastCheck, concurrency, services } = target;
  return (
    <>
      {lastCheck?.problem && !isWhole && <CheckProblem problem={lastCheck.problem} className="border-b" />}
      <dl className="grid gap-x-6 gap-y-4 p-4 @lg/page:grid-cols-2 @4xl/page:grid-cols-3">
        {dokploy && <DokployFacts dokploy={dokploy} version={lastCheck?.version ?? null} />}
        <Fact label={t("concurrency")}>
          {mayChange ? <ConcurrencySelect target={target} /> : t("atOnce", { count: concurrency })}
        </Fact>
        <StackCount count={services} />
      </dl>
    </>
  );
}

function StackCount({ count }: { count: number }) {
  const t = useTranslations("templates");
  return <Fact label={t("stacks")}>{t("stackCount", { count })}</Fact>;
}

const CIRCUITS: Record<DokployView["circuit"], { icon: LucideIcon; text: string }> = {
  closed: { icon: CircleCheck, text: "text-succeeded" },
  open: { icon: CirclePause, text: "text-failed" },
  "half-open": { icon: RefreshCw, text: "text-warning" },
};

/** Its address and version, and whether Landfall's circuit breaker lets requests through. */
function DokployFacts({ dokploy, version }: { dokploy: DokployView; version: string | null }) {
  const t = useTranslations("dokploy");
  const { url, httpPort, httpsPort, circuit } = dokploy;
  const { icon: Icon, text } = CIRCUITS[circuit];
  return (
    <>
      <Fact label={t("address")}>
        <ExternalLink href={url} />
      </Fact>
      <Fact label={t("version")}>
        <span className="figures">{version ?? "–"}</span>
      </Fact>
      <Fact label={t("circuit")}>
        <span className="min-w-0">
          <span className={cn("flex items-center gap-1.5 font-medium", text)}>
            <Icon aria-hidden className="size-4 shrink-0" />
            {t(`circuits.${circuit}`)}
          </span>
          {circuit !== "closed" && (
            <span className="mt-0.5 block text-pretty text-muted text-sm">{t(`circuitTexts.${circuit}`)}</span>
          )}
        </span>
      </Fact>
      <Fact label={t("ports")}>
        <span dir="ltr" className="figures">
          {`${httpPort} / ${httpsPort}`}
        </span>
      </Fact>
    </>
  );
}
