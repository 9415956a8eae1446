"use client";

import { createContext, type ReactNode, useContext } from "react";
import { seenFrom } from "@/lib/contracts/seen-address";

const AskedHost = createContext<string | null>(null);

/** Provides the Host header of the page's request, the same on the server and in the browser. */
export function AskedHostProvider({ host, children }: { host: string | null; children: ReactNode }) {
  return <AskedHost value={host}>{children}</AskedHost>;
}

/** A service's address with the host name that this page was opened by. */
export function useSeenAddress<Url extends string | null>(url: Url): Url {
  return seenFrom(url, useContext(AskedHost));
}
