import { Page } from "@/components/layout/page";
import { Skeleton } from "@/components/ui/skeleton";

export function FormSkeleton() {
  return (
    <Page>
      <Skeleton className="mb-8 h-7 w-48" />
      <div className="flex flex-col gap-6 rounded-lg border bg-surface p-6">
        {["name", "path", "driver", "port"].map((field) => (
          <div key={field} className="grid gap-4 @4xl/page:grid-cols-[15rem_minmax(0,1fr)]">
            <Skeleton className="w-32" />
            <Skeleton className="h-9 max-w-2xl" />
          </div>
        ))}
      </div>
    </Page>
  );
}
