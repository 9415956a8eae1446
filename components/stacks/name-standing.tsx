import { CircleCheck, CircleHelp, CircleX, LoaderCircle, type LucideIcon } from "lucide-react";
import { useTranslations } from "next-intl";
import { cn } from "@/components/ui/cn";
import type { NameStanding as Standing } from "./use-name-check";

const LOOKS: Record<Exclude<Standing, "none">, { icon: LucideIcon; text: string }> = {
  checking: { icon: LoaderCircle, text: "text-faint" },
  free: { icon: CircleCheck, text: "text-succeeded" },
  refused: { icon: CircleX, text: "text-failed" },
  unknown: { icon: CircleHelp, text: "text-muted" },
};

/** Always as high as one line, so that nothing jumps while one types. */
export function NameStanding({ standing, sentence }: { standing: Standing; sentence: string | undefined }) {
  const t = useTranslations("stackForm");
  const looks = standing === "none" ? null : LOOKS[standing];
  const Icon = looks?.icon;
  return (
    <p aria-live="polite" className={cn("flex min-h-6 items-start gap-1.5", looks?.text ?? "text-faint")}>
      {Icon && <Icon aria-hidden className={cn("mt-0.5 size-4 shrink-0", standing === "checking" && "breathe")} />}
      <span className="text-pretty">
        {standing === "none" && t("hint")}
        {standing === "refused" && (sentence ?? t("refused"))}
        {(standing === "checking" || standing === "free" || standing === "unknown") && t(standing)}
      </span>
    </p>
  );
}
