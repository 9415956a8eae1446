import { useTranslations } from "next-intl";
import { cn } from "@/components/ui/cn";
import type { TargetCheck } from "@/lib/contracts/target";

/** What drivers may need, and in which version it is there. */
export function TargetTools({ tools }: { tools: TargetCheck["tools"] }) {
  const t = useTranslations("targets");
  const entries = Object.entries(tools);
  if (entries.length === 0) return null;
  return (
    <ul aria-label={t("tools")} className="flex flex-wrap gap-2 border-t px-4 py-3">
      {entries.map(([tool, version]) => (
        <li
          key={tool}
          className={cn(
            "inline-flex h-6 items-center gap-1.5 rounded-md border px-2 text-xs",
            version === null ? "border-dashed text-faint" : "bg-background",
          )}
        >
          <span className="font-medium">{tool}</span>
          {version === null ? t("missing") : <span className="figures text-muted">{version}</span>}
        </li>
      ))}
    </ul>
  );
}
