import { useTranslations } from "next-intl";
import { useId } from "react";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { fieldSentence } from "@/lib/client/field-sentence";
import type { DraftProps } from "./draft-props";

/** Where sources may lie, and the folders there are: any other below them can be typed. */
export interface SourceChoice {
  roots: readonly string[];
  folders: readonly string[];
}

export function SourceField({ draft, set, error, roots, folders }: DraftProps & SourceChoice) {
  const t = useTranslations("serviceForm");
  const list = useId();
  const wrong =
    fieldSentence(error, "source", "path") ?? fieldSentence(error, "source", "kind") ?? fieldSentence(error, "source");
  const hint = roots.length > 0 && (
    <span className="break-words">
      {t("pathHint", { roots: roots.map((root) => `\u2066${root}\u2069`).join(", ") })}
    </span>
  );
  return (
    <>
      <Field label={t("path")} hint={hint} error={wrong}>
        <Input
          dir="ltr"
          className="figures"
          value={draft.path}
          onChange={(event) => set({ path: event.target.value })}
          placeholder={folders[0] ?? roots[0]}
          list={list}
          autoComplete="off"
          spellCheck={false}
        />
      </Field>
      <datalist id={list}>
        {folders.map((folder) => (
          <option key={folder} value={folder} />
        ))}
      </datalist>
    </>
  );
}
