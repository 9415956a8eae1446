import { useTranslations } from "next-intl";
import { useId } from "react";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";

interface Props {
  value: string;
  onChange: (path: string) => void;
  error: string | undefined;
  /** Where folders may lie, and those there are: any other below them can be typed. */
  roots: readonly string[];
  folders: readonly string[];
}

export function FolderField({ value, onChange, error, roots, folders }: Props) {
  const t = useTranslations("serviceForm");
  const list = useId();
  const hint = roots.length > 0 && (
    <span className="break-words">
      {t("pathHint", { roots: roots.map((root) => `\u2066${root}\u2069`).join(", ") })}
    </span>
  );
  return (
    <>
      <Field label={t("path")} hint={hint} error={error}>
        <Input
          dir="ltr"
          className="figures"
          value={value}
          onChange={(event) => onChange(event.target.value)}
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
