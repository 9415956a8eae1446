"use client";

import { createContext, type ReactNode, useContext } from "react";
import { type Action, can } from "@/lib/contracts/permission";
import { seenFrom } from "@/lib/contracts/seen-address";
import type { Role } from "@/lib/contracts/user";

/** The person whom the page is rendered for. */
interface Viewer {
  id: string;
  name: string;
  email: string;
  role: Role;
  /** Must set up a second factor first: until then only their account is theirs. */
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

/** May the person do this? A button one may not use is absent, and the server asks the same question again. */
export function useCan(): (action: Action, subject?: { ownerId: string | null }) => boolean {
  const viewer = useViewer();
  return (action, subject) => can(viewer, action, subject);
}

const AskedHost = createContext<string | null>(null);

/** Provides the Host header of the page's request, the same on the server and in the browser. */
export function AskedHostProvider({ host, children }: { host: string | null; children: ReactNode }) {
  return <AskedHost value={host}>{children}</AskedHost>;
}

/** A service's address with the host name that this page was opened by. */
export function useSeenAddress<Url extends string | null>(url: Url): Url {
  return seenFrom(url, useContext(AskedHost));
}
