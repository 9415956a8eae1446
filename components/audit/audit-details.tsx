import { cn } from "@/components/ui/cn";
import type { AuditView } from "@/lib/contracts/user";

/** What changed, name by name, as it was written down; the trail is not translated. */
export function AuditDetails({ details, className }: { details: AuditView["details"]; className?: string }) {
  const entries = details !== null && typeof details === "object" ? Object.entries(details) : [];
  return (
    <span
      dir="ltr"
      className={cn("figures flex min-w-0 flex-wrap gap-x-3 text-[0.8125rem] text-muted rtl:justify-end", className)}
    >
      {entries.map(([name, value]) => (
        <span key={name} className="max-w-full truncate" title={`${name}: ${plain(value)}`}>
          <span className="text-faint">{name} </span>
          {plain(value)}
        </span>
      ))}
    </span>
  );
}

function plain(value: unknown): string {
  if (Array.isArray(value)) return value.map(plain).join(", ") || "–";
  if (isMove(value)) return `${plain(value.from)} → ${plain(value.to)}`;
  return value !== null && typeof value === "object" ? JSON.stringify(value) : String(value ?? "–");
}

function isMove(value: unknown): value is { from: unknown; to: unknown } {
  return value !== null && typeof value === "object" && "from" in value && "to" in value;
}
