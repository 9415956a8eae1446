import { Page } from "@/components/layout/page";
import { StacksSkeleton } from "@/components/stacks/stacks-skeleton";
import { Skeleton } from "@/components/ui/skeleton";

export default function Loading() {
  return (
    <Page>
      <Skeleton className="mb-8 h-7 w-48" />
      <StacksSkeleton />
    </Page>
  );
}
