import { useTranslations } from "next-intl";
import { cn } from "@/components/ui/cn";
import { Link } from "@/components/ui/link";
import { ClockMoment } from "@/components/ui/time-ago";
import type { AuditView } from "@/lib/contracts/user";
import { AuditDetails } from "./audit-details";
import { actionKey, subjectAddress } from "./audited";

export const auditColumns = "@3xl/page:grid-cols-[8.5rem_minmax(6rem,9rem)_minmax(12rem,1fr)_minmax(12rem,1.3fr)]";

export function AuditRow({ event }: { event: AuditView }) {
  const t = useTranslations("audit");
  const { at, actor, action, ip } = event;
  const key = `actions.${actionKey(action)}` as Parameters<typeof t.has>[0];
  return (
    <li
      className={cn(
        "grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 gap-y-0.5 px-4 py-2.5 @3xl/page:items-baseline @3xl/page:py-2",
        auditColumns,
      )}
    >
      <span className="text-muted text-sm @max-3xl/page:order-3">
        <ClockMoment at={at} />
      </span>
      <span
        className="min-w-0 truncate @max-3xl/page:order-2 @max-3xl/page:text-muted @max-3xl/page:text-sm"
        title={ip ?? undefined}
      >
        <bdi>{actor.name}</bdi>
      </span>
      <span className="min-w-0 @max-3xl/page:order-1 @max-3xl/page:col-span-2">
        {t.has(key) ? t(key) : <code className="figures">{action}</code>} <Subject subject={event.subject} />
      </span>
      <AuditDetails details={event.details} className="@max-3xl/page:order-4 @max-3xl/page:col-span-2" />
    </li>
  );
}

function Subject({ subject }: { subject: AuditView["subject"] }) {
  const address = subjectAddress(subject);
  const name = <bdi>{subject.name ?? subject.id}</bdi>;
  return address ? (
    <Link href={address} className="break-words font-medium underline-offset-4 hover:underline">
      {name}
    </Link>
  ) : (
    <span className="break-words font-medium">{name}</span>
  );
}
