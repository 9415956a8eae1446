import { TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { cn } from "@/components/ui/cn";
import type { TargetCheck, TargetView } from "@/lib/contracts/target";

/** Names of products, the same in every language; what services run with first. */
const NAMES: Record<string, string> = {
  docker: "Docker",
  systemd: "systemd",
  caddy: "Caddy",
  node: "Node.js",
  npm: "npm",
  python3: "Python",
};

/** What drivers may need, in which version it is there, and what it means where it is not. */
export function TargetTools({ kind, check: { ok, tools } }: { kind: TargetView["kind"]; check: TargetCheck }) {
  const t = useTranslations("targets");
  const known = Object.keys(NAMES).filter((tool) => tool in tools);
  const entries = [...new Set([...known, ...Object.keys(tools)])].map((tool) => [tool, tools[tool] ?? null] as const);
  if (entries.length === 0) return null;
  return (
    <div className="flex flex-col gap-2.5 border-t px-4 py-3">
      <ul aria-label={t("tools")} className="flex flex-wrap gap-2">
        {entries.map(([tool, version]) => (
          <li
            key={tool}
            className={cn(
              "inline-flex h-6 max-w-full items-center gap-1.5 rounded-md border px-2 text-xs",
              version === null ? "border-dashed text-faint" : "bg-background",
            )}
          >
            <span className="font-medium">{NAMES[tool] ?? tool}</span>
            {version === null ? t("missing") : <span className="figures truncate text-muted">{version}</span>}
          </li>
        ))}
      </ul>
      {/* Processes on this machine are switched by Landfall itself. */}
      {kind === "ssh" && ok && tools.caddy === null && (
        <p className="flex items-start gap-2 text-pretty text-sm text-warning">
          <TriangleAlert aria-hidden className="mt-px size-4 shrink-0" />
          {t("noCaddy")}
        </p>
      )}
    </div>
  );
}
