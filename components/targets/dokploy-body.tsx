import { useTranslations } from "next-intl";
import { useCan } from "@/components/layout/viewer";
import type { DokployView } from "@/lib/contracts/dokploy";
import type { TargetView } from "@/lib/contracts/target";
import { CheckProblem } from "./check-problem";
import { ConcurrencySelect } from "./concurrency-select";
import { DokployFacts } from "./dokploy-facts";
import { Fact } from "./fact";

interface Props {
  target: TargetView;
  dokploy: DokployView;
  /** The pre-flight on the same page says it. */
  hideProblem?: boolean | undefined;
}

/** What is known of a Dokploy server. */
export function DokployBody({ target, dokploy, hideProblem }: Props) {
  const t = useTranslations("targets");
  const mayChange = useCan()("target:write");
  const { lastCheck, concurrency, services } = target;
  return (
    <>
      {lastCheck?.problem && !hideProblem && <CheckProblem problem={lastCheck.problem} className="border-b" />}
      <dl className="grid gap-x-6 gap-y-4 p-4 @lg/page:grid-cols-2 @4xl/page:grid-cols-3">
        <DokployFacts dokploy={dokploy} version={lastCheck?.version ?? null} />
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
