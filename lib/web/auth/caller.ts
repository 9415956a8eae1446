import type { Actor } from "@/lib/contracts/user";

/** Who sent a request, how they proved it, and what pages show of them. */
export interface Caller {
  actor: Actor & { id: string };
  via: "session" | "token";
  email: string;
  /** The language they chose; null when they never did. */
  locale: string | null;
}

/** A person as pages show them: never an id of null, never a password hash. */
export interface SessionUser {
  id: string;
  email: string;
  name: string;
  role: Actor["role"];
  locale: string | null;
  /** Must set up a second factor first. */
  mustProve?: true;
}
