import type { TemplateDraft } from "./template-draft";

/** What every part of the template form gets. */
export interface TemplateProps {
  draft: TemplateDraft;
  set: (change: Partial<TemplateDraft>) => void;
  /** Of the last try: each field finds its own sentence in it. */
  error: unknown;
}
