"use client";

import { useTranslations } from "next-intl";
import { cn } from "@/components/ui/cn";
import { ClockTime } from "@/components/ui/time-ago";
import type { ServiceCheckDetail } from "@/lib/contracts/drift";
import { CheckFacts } from "./check-facts";

const LOOKS = {
  down: { key: "downSince", text: "text-failed", wash: "wash-failed" },
  unsteady: { key: "unsteadySince", text: "text-warning", wash: "wash-warning" },
  drifted: { key: "driftedSince", text: "text-warning", wash: "wash-warning" },
  unknown: { key: "unknownSince", text: "text-muted", wash: "bg-subtle" },
} as const;

/** Since when a service is not as it should be, why, what it said last, and what Landfall did about it. */
export function ServiceDrift({ check }: { check: ServiceCheckDetail }) {
  const t = useTranslations("drift");
  const { condition, since, lastOutput } = check;
  if (condition === "good") return <CheckFacts check={check} />;
  const { key, text, wash } = LOOKS[condition];
  return (
    <section aria-live="polite" className={cn("flex min-w-0 flex-col gap-2 rounded-md px-3 py-2.5", wash)}>
      <p className={cn("font-medium", text)}>{t.rich(key, { when: () => <ClockTime at={since} /> })}</p>
      <CheckFacts check={check} />
      {lastOutput.length > 0 && (
        <figure className="min-w-0">
          <figcaption className="text-faint text-xs">{t("lastOutput")}</figcaption>
          {/* Reversed, so that the newest lines are seen first. */}
          <div
            dir="ltr"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
            tabIndex={0}
            className="mt-1 flex max-h-56 flex-col-reverse overflow-auto rounded-md border bg-background px-2.5 py-1.5 text-start"
          >
            <pre className="font-mono text-xs leading-5">{lastOutput.join("\n")}</pre>
          </div>
        </figure>
      )}
    </section>
  );
}
