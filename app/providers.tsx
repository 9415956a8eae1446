"use client";

import { QueryClientProvider } from "@tanstack/react-query";
import { setNonce } from "get-nonce";
import { ThemeProvider } from "next-themes";
import { Direction, Tooltip } from "radix-ui";
import { type ReactNode, useState } from "react";
import { Toaster } from "@/components/ui/toaster";
import { makeQueryClient } from "@/lib/client/query-client";
import { useReportedTimeZone } from "@/lib/client/use-reported-time-zone";

export function Providers({ dir, nonce, children }: { dir: "ltr" | "rtl"; nonce?: string; children: ReactNode }) {
  const [queryClient] = useState(() => {
    // The document's first nonce is the one its policy knows: dialogs use it for their scroll lock.
    if (nonce) setNonce(nonce);
    return makeQueryClient();
  });
  useReportedTimeZone();
  return (
    <QueryClientProvider client={queryClient}>
      <ThemeProvider attribute="data-theme" nonce={nonce} enableColorScheme={false}>
        <Direction.Provider dir={dir}>
          <Tooltip.Provider delayDuration={350}>
            {children}
            <Toaster />
          </Tooltip.Provider>
        </Direction.Provider>
      </ThemeProvider>
    </QueryClientProvider>
  );
}
