"use client";

import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { cn } from "@/components/ui/cn";
import type { Change, RollbackPreview } from "@/lib/contracts/release";

const SHOWN_FILES = 50;
const MARKS: Record<Change["kind"], { mark: string; className: string }> = {
  added: { mark: "+", className: "text-succeeded" },
  removed: { mark: "−", className: "text-failed" },
  changed: { mark: "~", className: "text-warning" },
};

/** What going back changes: configuration, environment names (values stay hidden) and files. */
export function RollbackDifference({ preview }: { preview: RollbackPreview }) {
  const t = useTranslations("rollback");
  const { files, environment, configuration } = preview;
  const shown = files.changes.slice(0, SHOWN_FILES);
  return (
    <div className="divide-y rounded-md border">
      <Part title={t("configuration", { count: configuration.length })} count={configuration.length}>
        {configuration.map(({ field, from, to }) => (
          <li key={field} className="grid gap-x-3 py-0.5 @lg/page:grid-cols-[8rem_1fr]">
            <span className="text-muted">{field}</span>
            <span className="break-all">
              <del className="text-failed">{plain(from)}</del>{" "}
              <ins className="text-succeeded no-underline">{plain(to)}</ins>
            </span>
          </li>
        ))}
      </Part>
      <Part title={t("environment", { count: environment.length })} note={t("valuesHidden")} count={environment.length}>
        {environment.map((change) => (
          <ChangeLine key={change.name} {...change} />
        ))}
      </Part>
      <Part title={t("files", { count: files.total })} count={files.total}>
        {shown.map((change) => (
          <ChangeLine key={change.name} {...change} />
        ))}
        {files.total > shown.length && (
          <li className="pt-1 text-faint">{t("moreFiles", { count: files.total - shown.length })}</li>
        )}
      </Part>
    </div>
  );
}

/** A closed part says how much differs; a part without a difference has nothing to open. */
function Part({ title, note, count, children }: { title: string; note?: string; count: number; children: ReactNode }) {
  if (count === 0) return <p className="px-3 py-2 text-faint">{title}</p>;
  return (
    <details open={count <= 12} className="px-3 py-2">
      <summary className="cursor-pointer font-medium">
        {title}
        {note && <span className="ms-2 font-normal text-faint text-sm">{note}</span>}
      </summary>
      <ul dir="ltr" className="figures mt-1.5 max-h-52 overflow-y-auto text-start text-sm">
        {children}
      </ul>
    </details>
  );
}

function ChangeLine({ name, kind }: Change) {
  const t = useTranslations("rollback");
  const { mark, className } = MARKS[kind];
  return (
    <li className="flex gap-2 py-0.5">
      <span aria-hidden className={cn("w-3 shrink-0 text-center", className)}>
        {mark}
      </span>
      <span className="break-all">{name}</span>
      <span className="ms-auto shrink-0 font-sans text-faint">{t(kind)}</span>
    </li>
  );
}

function plain(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
