"use client";

import { lazy, Suspense } from "react";

/** In a file of its own: it belongs to every page, and is seen on none that works. */
const CrashReport = lazy(() => import("@/components/layout/crash-report"));

export default function PageError(props: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <Suspense>
      <CrashReport {...props} />
    </Suspense>
  );
}
