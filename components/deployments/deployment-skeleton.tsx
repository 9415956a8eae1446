import { Page } from "@/components/layout/page";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";

const ROWS = ["a", "b", "c", "d", "e", "f"];

export function DeploymentSkeleton() {
  return (
    <>
      <Page className="mb-4 flex flex-col gap-4">
        <div>
          <Skeleton className="h-7 w-56" />
          <Skeleton className="mt-3 h-5 w-80 max-w-full" />
        </div>
        <Card flush>
          <div className="divide-y">
            {ROWS.map((row) => (
              <div key={row} className="flex h-10 items-center gap-4 px-4">
                <Skeleton className="w-32" />
                <Skeleton className="h-2.5 flex-1" />
              </div>
            ))}
          </div>
        </Card>
      </Page>
      <Card>
        <Skeleton className="h-72" />
      </Card>
    </>
  );
}
