import { useQuery } from "@tanstack/react-query";
import { Ban, CircleCheck, CircleX, TriangleAlert, Undo2 } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { useSeenAddress } from "@/components/layout/viewer";
import { cn } from "@/components/ui/cn";
import { CopyButton } from "@/components/ui/copy-button";
import { Duration } from "@/components/ui/duration";
import { ExternalLink } from "@/components/ui/external-link";
import { Link } from "@/components/ui/link";
import { ltr, useQuantities } from "@/components/ui/quantities";
import type { DeploymentState, DeploymentView, ProbeSummary } from "@/lib/contracts/deployment";
import { isFinished } from "@/lib/contracts/deployment-state";
import type { PhaseKey } from "@/lib/contracts/phase";
import type { ProblemData } from "@/lib/contracts/problem";
import type { ReleaseCommandRun } from "@/lib/contracts/release-command";
import { AnsiText } from "./ansi-text";
import { serviceHref } from "./deployment-title";
import { deploymentQueries } from "./queries";

const LOOKS: Partial<Record<DeploymentState, { icon: typeof CircleX; text: string; border: string }>> = {
  failed: { icon: CircleX, text: "text-failed", border: "border-s-failed" },
  stuck: { icon: TriangleAlert, text: "text-failed", border: "border-s-failed" },
  undoing: { icon: Undo2, text: "text-warning", border: "border-s-warning" },
  cancelled: { icon: Ban, text: "text-cancelled", border: "border-s-line-strong" },
};

const SHOWN = 8;

/** Why the deployment failed, what was reverted and which release is live, visible without scrolling. */
export function FailurePanel({ view }: { view: DeploymentView }) {
  const t = useTranslations("deployment");
  const sentence = useProblemSentence();
  const looks = LOOKS[view.state];
  if (!looks) return null;
  const { icon: Icon, text, border } = looks;
  const failed = view.phases.find(({ status }) => status === "failed");
  const problem = failed?.problem ?? view.problem;
  return (
    <section className={cn("rounded-lg border border-s-3 bg-surface", border)}>
      <div className="flex items-start gap-3 px-4 py-3">
        <Icon aria-hidden className={cn("mt-0.5 size-4 shrink-0 rtl:-scale-x-100", text)} />
        <div className="min-w-0 flex-1">
          <h2 className="font-semibold">
            <Title view={view} />
          </h2>
          {problem && problem.code !== "deployment-cancelled" && (
            <p className="mt-0.5 text-pretty">{sentence(problem)}</p>
          )}
          {problem?.detail && <Cause problem={problem} />}
          {failed && problem?.line === undefined && view.state !== "cancelled" && isFinished(view.state) && (
            <LastLines view={view} phase={failed.key} />
          )}
        </div>
      </div>
      {view.state !== "undoing" && (
        <dl className="grid gap-x-6 gap-y-2 border-t px-4 py-3 text-sm @lg/page:grid-cols-2">
          <div>
            <dt className="text-faint">{t("undone")}</dt>
            <dd>
              <Undone view={view} />
            </dd>
          </div>
          <div>
            <dt className="text-faint">{t("servingNow")}</dt>
            <dd>
              <Serving view={view} />
            </dd>
          </div>
          {view.releaseCommand && (
            <div className="@lg/page:col-span-2">
              <dt className="text-faint">{t("releaseCommand")}</dt>
              <dd>
                <RanCommand run={view.releaseCommand} stays />
              </dd>
            </div>
          )}
        </dl>
      )}
    </section>
  );
}

function Title({ view }: { view: DeploymentView }) {
  const t = useTranslations();
  const failed = view.phases.find(({ status }) => status === "failed");
  if (view.state === "stuck") return t("deployment.stuckTitle");
  if (view.state === "cancelled") return t("deployment.cancelledTitle");
  if (failed) return t("deployment.failedIn", { phase: t(`phases.${failed.key}`) });
  return t(view.state === "undoing" ? "deployment.undoingTitle" : "deployment.failed");
}

/** The machine's own error message, with a link to its line in the log. */
function Cause({ problem: { detail, line } }: { problem: ProblemData }) {
  const t = useTranslations("deployment");
  return (
    <figure
      dir="ltr"
      className="mt-2 flex rounded-md border bg-background py-1.5 text-start font-mono text-xs leading-5"
    >
      <figcaption className="sr-only">{t("machineSaid")}</figcaption>
      {line !== undefined && (
        <a
          href={`#L${line}`}
          aria-label={t("toLine", { line })}
          className="min-w-12 shrink-0 select-none ps-2.5 pe-3 text-end text-accent-text tabular-nums underline-offset-4 hover:underline"
        >
          {line}
        </a>
      )}
      <code
        className={cn(
          "wrap-anywhere max-h-32 min-w-0 overflow-auto whitespace-pre-wrap pe-2.5",
          line === undefined && "ps-2.5",
        )}
      >
        {detail}
      </code>
    </figure>
  );
}

/** The last lines of a failed phase, each a link to its place in the log. */
function LastLines({ view, phase }: { view: DeploymentView; phase: PhaseKey }) {
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

function Undone({ view }: { view: DeploymentView }) {
  const t = useTranslations();
  const undone = view.phases
    .filter(({ undoneAt, undoProblem }) => undoneAt !== null || undoProblem !== null)
    .toReversed();
  if (undone.length === 0) return t("deployment.nothingUndone");
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-0.5">
      {undone.map(({ key, undoDurationMs, undoProblem }) => (
        <li key={key} title={undoProblem?.detail} className={undoProblem ? "text-failed" : undefined}>
          {t(`phases.${key}`)}{" "}
          {undoProblem ? t("deployment.undoFailed") : <Duration ms={undoDurationMs} className="text-muted" />}
        </li>
      ))}
    </ul>
  );
}

function Serving({ view }: { view: DeploymentView }) {
  const t = useTranslations("deployment");
  if (!view.serving) return t("servingNothing");
  return (
    <Link href={serviceHref(view)} className="text-accent-text hover:underline">
      {t("servingRelease", { release: view.serving.number, deployment: view.serving.deploymentNumber })}
    </Link>
  );
}

/** How the release command ended, which leads to its line in the log. */
function RanCommand({ run, stays = false }: { run: ReleaseCommandRun; stays?: boolean }) {
  const t = useTranslations("deployment");
  const quantities = useQuantities();
  const { endedAt, durationMs, exitCode, line } = run;
  const took = ltr(quantities.shortDuration(durationMs ?? 0));
  const ended = exitCode === 0 ? t("commandRan", { took }) : t("commandFailed");
  const state = endedAt === null ? t(stays ? "commandUnknown" : "commandRuns") : ended;
  const text = stays ? t("commandStays", { state }) : state;
  if (line === null) return text;
  return (
    <a href={`#L${line}`} title={t("toLine", { line })} className="text-accent-text underline-offset-4 hover:underline">
      {text}
    </a>
  );
}

export function Warnings({ view }: { view: DeploymentView }) {
  const t = useTranslations("deployment");
  const sentence = useProblemSentence();
  if (view.warnings.length === 0) return null;
  const title = t(view.state === "succeeded" ? "warnings" : "warningsSoFar", { count: view.warnings.length });
  return (
    <section className="flex items-start gap-3 rounded-lg border border-s-3 border-s-warning bg-surface px-4 py-3">
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warning" />
      <div className="min-w-0">
        <h2 className="font-semibold">{title}</h2>
        <ul>
          {view.warnings.map((warning) => (
            <li key={JSON.stringify(warning)}>
              {sentence(warning)}
              {warning.detail && <bdi className="figures ms-1 break-all text-muted text-xs">{warning.detail}</bdi>}
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

/** The results of a deployment: the address, the release, the probes during the switch, the registration. */
export function ResultPanel({ view }: { view: DeploymentView }) {
  const t = useTranslations("deployment");
  const isOver = view.state === "succeeded";
  if (view.kind === "removal" || (!isOver && view.probes === null)) return null;
  return (
    <dl
      className={cn(
        "grid gap-px overflow-hidden rounded-lg border bg-line @lg/page:grid-cols-2",
        view.releaseCommand
          ? "@4xl/page:grid-cols-[1.2fr_0.6fr_1.6fr_0.8fr_1.2fr]"
          : "@4xl/page:grid-cols-[1.2fr_0.6fr_1.8fr_1.2fr]",
      )}
    >
      <Fact title={t("address")}>{view.url && isOver ? <Address url={view.url} /> : "–"}</Fact>
      <Fact title={t("release")}>
        <span className="figures">{view.releaseNumber ?? "–"}</span>
      </Fact>
      <Fact title={t("probes")}>{view.probes ? <Probes probes={view.probes} /> : "–"}</Fact>
      {view.releaseCommand && (
        <Fact title={t("releaseCommand")}>
          <RanCommand run={view.releaseCommand} />
        </Fact>
      )}
      <Fact title={t("registration")}>
        {view.registration && isOver ? (
          <bdi className="break-all">{view.registration.endpoint}</bdi>
        ) : (
          t("notRegistered")
        )}
      </Fact>
    </dl>
  );
}

function Fact({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="min-w-0 bg-surface px-4 py-3">
      <dt className="text-faint text-xs">{title}</dt>
      <dd className="mt-0.5 flex min-h-7 items-center">{children}</dd>
    </div>
  );
}

function Address({ url: written }: { url: string }) {
  const url = useSeenAddress(written);
  return (
    <span className="flex min-w-0 items-center gap-1">
      <ExternalLink href={url} />
      <CopyButton text={url} />
    </span>
  );
}

/** The requests that were sent through the public route during the switch, and how many failed. */
function Probes({ probes: { sent, failed, longestGapMs } }: { probes: ProbeSummary }) {
  const t = useTranslations("deployment");
  const quantities = useQuantities();
  const Icon = failed === 0 ? CircleCheck : TriangleAlert;
  const gap = longestGapMs < 1_000 ? `${Math.round(longestGapMs)} ms` : quantities.duration(longestGapMs);
  return (
    <span className="flex items-start gap-1.5 text-sm">
      <Icon
        aria-hidden
        className={failed === 0 ? "mt-px size-4 shrink-0 text-succeeded" : "mt-px size-4 shrink-0 text-warning"}
      />
      {t("probesLine", { failed, sent, gap })}
    </span>
  );
}
