import { Page } from "@/components/layout/page";
import { Card } from "@/components/ui/card";
import { Skeleton, SkeletonRows } from "@/components/ui/skeleton";

export default function Loading() {
  return (
    <Page>
      <Skeleton className="mb-8 h-7 w-48" />
      <Card flush>
        <SkeletonRows rows={10} />
      </Card>
    </Page>
  );
}
