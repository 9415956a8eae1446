import type { ServerDraft } from "./server-draft";

/** What every part of the server form gets. */
export interface ServerProps {
  draft: ServerDraft;
  set: (change: Partial<ServerDraft>) => void;
  /** Of the last try: each field finds its own sentence in it. */
  error: unknown;
}
