import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import type { DeploymentView } from "@/lib/contracts/deployment";
import type { PhaseKey } from "@/lib/contracts/phase";
import { AnsiText } from "./ansi-text";
import { deploymentQueries } from "./queries";

const SHOWN = 8;

/** The last things a failed phase said, each a link to its place in the log. */
export function LastLines({ view, phase }: { view: DeploymentView; phase: PhaseKey }) {
  const t = useTranslations();
  const newest = useQuery(deploymentQueries.newestLines(view.id, view.logLines));
  const lines = newest.data?.filter((row) => row.phase === phase).slice(-SHOWN) ?? [];
  if (lines.length === 0) return null;
  return (
    <section aria-label={t("deployment.lastLines", { phase: t(`phases.${phase}`) })} className="mt-2">
      <ol
        dir="ltr"
        className="overflow-x-auto rounded-md border bg-background py-1.5 text-start font-mono text-xs leading-6"
      >
        {lines.map(({ n, line: [, stream, text] }) => (
          <li key={n} className="flex w-max min-w-full whitespace-pre px-2.5">
            <a
              href={`#L${n}`}
              className="h-6 w-12 shrink-0 select-none pe-3 text-end text-faint tabular-nums hover:text-foreground"
            >
              {n}
            </a>
            <AnsiText text={text} stream={stream} />
          </li>
        ))}
      </ol>
    </section>
  );
}
