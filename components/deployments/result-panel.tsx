import { CircleCheck, TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { useSeenAddress } from "@/components/layout/viewer";
import { CopyButton } from "@/components/ui/copy-button";
import { ExternalLink } from "@/components/ui/external-link";
import { useQuantities } from "@/components/ui/use-quantities";
import type { DeploymentView, ProbeSummary } from "@/lib/contracts/deployment";

/** What a deployment left behind: the address, the release, the proof, the registration. */
export function ResultPanel({ view }: { view: DeploymentView }) {
  const t = useTranslations("deployment");
  const isOver = view.state === "succeeded";
  if (view.kind === "removal" || (!isOver && view.probes === null)) return null;
  return (
    <dl className="grid gap-px overflow-hidden rounded-lg border bg-line @lg/page:grid-cols-2 @4xl/page:grid-cols-[1.2fr_0.6fr_1.8fr_1.2fr]">
      <Fact title={t("address")}>{view.url && isOver ? <Address url={view.url} /> : "–"}</Fact>
      <Fact title={t("release")}>
        <span className="figures">{view.releaseNumber ?? "–"}</span>
      </Fact>
      <Fact title={t("probes")}>{view.probes ? <Probes probes={view.probes} /> : "–"}</Fact>
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

/** The proof that nobody noticed: requests through the public way while it switched. */
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
