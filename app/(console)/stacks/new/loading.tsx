import { Page } from "@/components/layout/page";
import { Skeleton } from "@/components/ui/skeleton";

export default function Loading() {
  return (
    <Page className="grid max-w-xl gap-4 sm:pt-[6dvh]">
      <Skeleton className="h-8 w-72 max-w-full" />
      <Skeleton className="h-12" />
      <Skeleton className="h-18" />
    </Page>
  );
}
