import { useTranslations } from "next-intl";
import { TargetReach } from "@/components/targets/target-reach";
import { Card } from "@/components/ui/card";
import { Link } from "@/components/ui/link";
import { TimeAgo } from "@/components/ui/time-ago";
import type { Overview } from "@/lib/contracts/overview";

/** Can what is deployed to be reached? */
export function TargetList({ targets }: { targets: Overview["targets"] }) {
  const t = useTranslations("overview");
  if (targets.length === 0) return null;
  return (
    <Card flush title={t("targets")} className="overflow-hidden">
      <ul className="divide-y">
        {targets.map((target) => (
          <li key={target.id}>
            <Link
              href={`/targets/${encodeURIComponent(target.name)}`}
              className="flex min-h-(--row-height) items-center gap-3 px-4 py-1.5 transition-colors hover:bg-subtle focus-visible:outline-offset-[-2px]"
            >
              <bdi className="min-w-0 flex-1 truncate font-medium">{target.name}</bdi>
              <TimeAgo at={target.lastCheckAt} className="whitespace-nowrap text-faint text-sm" />
              <TargetReach target={target} />
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}
