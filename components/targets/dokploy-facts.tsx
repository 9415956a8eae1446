import { CircleCheck, CirclePause, type LucideIcon, RefreshCw } from "lucide-react";
import { useTranslations } from "next-intl";
import { cn } from "@/components/ui/cn";
import { ExternalLink } from "@/components/ui/external-link";
import type { DokployView } from "@/lib/contracts/dokploy";
import { Fact } from "./fact";

const CIRCUITS: Record<DokployView["circuit"], { icon: LucideIcon; text: string }> = {
  closed: { icon: CircleCheck, text: "text-succeeded" },
  open: { icon: CirclePause, text: "text-failed" },
  "half-open": { icon: RefreshCw, text: "text-warning" },
};

/** Where a Dokploy server is, what it is, and whether Landfall is talking to it right now. */
export function DokployFacts({ dokploy, version }: { dokploy: DokployView; version: string | null }) {
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
