"use client";

import { setNonce } from "get-nonce";
import { ThemeProvider } from "next-themes";
import { type ReactNode, useState } from "react";

export function Theme({ nonce, children }: { nonce: string | undefined; children: ReactNode }) {
  useState(() => {
    // The document's first nonce is the one its policy knows: dialogs use it for their scroll lock.
    if (nonce) setNonce(nonce);
  });
  return (
    <ThemeProvider attribute="data-theme" nonce={nonce} enableColorScheme={false}>
      {children}
    </ThemeProvider>
  );
}
