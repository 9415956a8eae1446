"use client";

import { lazy, Suspense } from "react";

/** In a file of its own: every page includes it, but only a failing page shows it. */
const CrashReport = lazy(() => import("@/components/layout/crash-report"));

export default function PageError(props: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <Suspense>
      <CrashReport {...props} />
    </Suspense>
  );
}
