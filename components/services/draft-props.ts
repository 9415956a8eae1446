import type { ServiceDraft } from "./service-draft";

/** What every part of the service form gets. */
export interface DraftProps {
  draft: ServiceDraft;
  set: (change: Partial<ServiceDraft>) => void;
  /** Of the last try: each field finds its own sentence in it. */
  error: unknown;
}
