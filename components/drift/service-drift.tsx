"use client";

import { useTranslations } from "next-intl";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { cn } from "@/components/ui/cn";
import { ltr } from "@/components/ui/quantities";
import { ClockTime, TimeAgo } from "@/components/ui/time";
import type { Difference, ServiceCheck, ServiceCheckDetail } from "@/lib/contracts/drift";

const LOOKS = {
  down: { key: "downSince", text: "text-failed", wash: "wash-failed" },
  unsteady: { key: "unsteadySince", text: "text-warning", wash: "wash-warning" },
  drifted: { key: "driftedSince", text: "text-warning", wash: "wash-warning" },
  unknown: { key: "unknownSince", text: "text-muted", wash: "bg-subtle" },
} as const;

/** Since when a service differs from its deployment, why, its last output, and how Landfall reacted. */
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
          {/* Reversed, so that the newest lines are at the start. */}
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

/** What a check found wrong with a service, and what Landfall tried. Every page that shows a check uses these words. */
export function CheckFacts({ check }: { check: ServiceCheck }) {
  return (
    <>
      <Differences check={check} />
      <Problem check={check} />
      <Tried check={check} />
      <RestoredLine check={check} />
    </>
  );
}

function Differences({ check: { differences, exitCode } }: { check: ServiceCheck }) {
  const t = useTranslations("drift");
  if (differences.length === 0) return null;
  return (
    <ul className="grid gap-0.5">
      {differences.map(({ code, params, since }) => (
        <li key={code} className="text-pretty break-words">
          {t(`differences.${code}`, addressesOf(params))}{" "}
          {code.startsWith("release-") && exitCode !== null && (
            <span className="whitespace-nowrap text-muted text-sm">{t("exitCode", { code: exitCode })} </span>
          )}
          {differences.length > 1 && (
            <span className="text-faint text-sm">{t.rich("sinceWhen", { when: () => <ClockTime at={since} /> })}</span>
          )}
        </li>
      ))}
    </ul>
  );
}

/** An address keeps its direction within a sentence of the other direction. */
function addressesOf({ found = "", wanted = "" }: Difference["params"]) {
  return { found: ltr(String(found)), wanted: ltr(String(wanted)) };
}

function Problem({ check: { problem } }: { check: ServiceCheck }) {
  const sentence = useProblemSentence();
  if (!problem) return null;
  return (
    <div>
      <p className="text-pretty">{sentence(problem)}</p>
      {problem.detail && (
        <code dir="ltr" className="figures block whitespace-pre-wrap break-words text-start text-muted text-sm">
          {problem.detail}
        </code>
      )}
    </div>
  );
}

function Tried({ check: { tries, triedAt, givenUp, condition } }: { check: ServiceCheck }) {
  const t = useTranslations("drift");
  if (tries === 0 || condition === "good" || triedAt === null) return null;
  return (
    <p className="text-pretty text-muted text-sm">
      {t.rich("tried", { count: tries, when: () => <TimeAgo at={triedAt} /> })} {givenUp && t("givenUp")}
    </p>
  );
}

function RestoredLine({ check: { restored, restoredAt } }: { check: ServiceCheck }) {
  const t = useTranslations("drift");
  if (restoredAt === null || restored.length === 0) return null;
  return (
    <p className="text-pretty text-muted text-sm">
      {t.rich("restoredWhen", {
        what: restored.map((what) => t(`restored.${what}`)).join(", "),
        when: () => <TimeAgo at={restoredAt} />,
      })}
    </p>
  );
}
