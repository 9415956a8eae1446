import { cn } from "@/components/ui/cn";
import { Link } from "@/components/ui/link";
import type { AuditView } from "@/lib/contracts/user";

/** What changed, name by name, as it was written down; the trail is not translated. */
export function AuditDetails({ details, className }: { details: AuditView["details"]; className?: string }) {
  const { deploymentId, number, ...rest } = detailsOf(details);
  const isDeployment = typeof deploymentId === "string" && typeof number === "number";
  const entries = Object.entries(isDeployment ? rest : detailsOf(details)).filter(([, value]) => !isNothing(value));
  return (
    <span
      dir="ltr"
      className={cn("figures flex min-w-0 flex-wrap gap-x-3 text-[0.8125rem] text-muted rtl:justify-end", className)}
    >
      {isDeployment && (
        <Link href={`/deployments/${deploymentId}`} className="text-accent-text underline-offset-4 hover:underline">
          #{number}
        </Link>
      )}
      {entries.map(([name, value]) => (
        <span key={name} className="max-w-full truncate" title={`${name}: ${plain(value)}`}>
          <span className="text-faint">{name} </span>
          {plain(value)}
        </span>
      ))}
    </span>
  );
}

function detailsOf(details: AuditView["details"]): Record<string, unknown> {
  return isRecord(details) ? details : {};
}

function isNothing(value: unknown): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}

function plain(value: unknown): string {
  if (Array.isArray(value)) return value.map(plain).join(", ");
  if (!isRecord(value)) return String(value ?? "–");
  if ("from" in value && "to" in value) return `${plain(value.from)} → ${plain(value.to)}`;
  if ("kind" in value) return Object.values(value).map(plain).join(" ");
  return JSON.stringify(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
