import { CircleCheck } from "lucide-react";
import { useTranslations } from "next-intl";
import type { TargetCheck } from "@/lib/contracts/target";
import { CheckProblem } from "./check-problem";
import { MachineFacts } from "./machine-facts";
import { TargetTools } from "./target-tools";

/** What a try of the connection found. */
export function TestResult({ check }: { check: TargetCheck | undefined }) {
  const t = useTranslations("serverForm");
  return (
    <div aria-live="polite" className="empty:hidden">
      {check?.problem && <CheckProblem problem={check.problem} className="rounded-md" />}
      {check?.ok && (
        <div className="overflow-hidden rounded-md border">
          <p className="flex items-center gap-2 border-b px-4 py-2.5 font-medium text-succeeded wash-succeeded">
            <CircleCheck aria-hidden className="size-4 shrink-0" />
            {t("testPassed")}
          </p>
          <dl className="grid grid-cols-2 gap-x-6 gap-y-4 p-4 md:grid-cols-4">
            <MachineFacts isRemote check={check} />
          </dl>
          <TargetTools kind="ssh" check={check} />
        </div>
      )}
    </div>
  );
}
