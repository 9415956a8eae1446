"use client";

import { createContext, type ReactNode, useContext } from "react";
import { type Action, can } from "@/lib/contracts/permission";
import { seenFrom } from "@/lib/contracts/seen-address";
import type { Role } from "@/lib/contracts/user";

/** The person for whom the page is rendered. */
interface Viewer {
  id: string;
  name: string;
  email: string;
  role: Role;
  /** A second factor must be set up first: until then the person can only use their account. */
  mustProve?: true;
}

const ViewerContext = createContext<Viewer | null>(null);

export function ViewerProvider({ viewer, children }: { viewer: Viewer; children: ReactNode }) {
  return <ViewerContext value={viewer}>{children}</ViewerContext>;
}

export function useViewer(): Viewer {
  const viewer = useContext(ViewerContext);
  if (viewer === null) throw new Error("useViewer belongs inside the signed-in frame.");
  return viewer;
}

/** Works on pages without a signed-in person too. */
export function useIsSignedIn(): boolean {
  return useContext(ViewerContext) !== null;
}

/** May the person do this? Buttons for forbidden actions are absent, and the server checks permissions again. */
export function useCan(): (action: Action, subject?: { ownerId: string | null }) => boolean {
  const viewer = useViewer();
  return (action, subject) => can(viewer, action, subject);
}

const AskedHost = createContext<string | null>(null);

/** Provides the Host header of the page's request, the same on the server and in the browser. */
export function AskedHostProvider({ host, children }: { host: string | null; children: ReactNode }) {
  return <AskedHost value={host}>{children}</AskedHost>;
}

/** A service's address with the host name at which this page was opened. */
export function useSeenAddress<Url extends string | null>(url: Url): Url {
  return seenFrom(url, useContext(AskedHost));
}
