import { useTranslations } from "next-intl";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { ltr } from "@/components/ui/ltr";
import { ClockTime, TimeAgo } from "@/components/ui/time-ago";
import type { Difference, ServiceCheck } from "@/lib/contracts/drift";

/** What a look found wrong with a service, and what Landfall tried: the same words wherever they stand. */
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

/** An address keeps its direction in a sentence that runs the other way. */
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
