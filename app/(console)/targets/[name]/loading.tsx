import { Page } from "@/components/layout/page";
import { TargetsSkeleton } from "@/components/targets/targets-skeleton";
import { Skeleton } from "@/components/ui/skeleton";

export default function Loading() {
  return (
    <Page>
      <Skeleton className="mb-8 h-7 w-48" />
      <TargetsSkeleton />
    </Page>
  );
}
