import type { ReactNode } from "react";
import { Page } from "@/components/layout/page";
import { Skeleton } from "@/components/ui/skeleton";

/** A titled part of a long form: title beside its fields on a desk, above them on a phone. */
export function FormSection({ title, text, children }: { title: ReactNode; text?: ReactNode; children: ReactNode }) {
  return (
    <section className="grid gap-x-8 gap-y-4 border-t py-6 first:border-t-0 first:pt-0 @4xl/page:grid-cols-[15rem_minmax(0,1fr)]">
      <div>
        <h2 className="font-medium text-base">{title}</h2>
        {text && <p className="mt-1 text-pretty text-muted text-sm">{text}</p>}
      </div>
      <div className="flex min-w-0 max-w-2xl flex-col gap-4">{children}</div>
    </section>
  );
}

/** The shape of a form that is still loading. */
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
