"use client";

import { CircleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useRef } from "react";
import { fieldSentencesUnder } from "@/components/api/problem-sentence";
import { FormProblem } from "@/components/ui/field";

/** Parts of a service that the form has controls for; what is wrong elsewhere is said here. */
const SHOWN = new Set([
  "name",
  "driver",
  "target",
  "source",
  "settings",
  "port",
  "healthPath",
  "health",
  "domain",
  "volumes",
  "dropletId",
  "autoRegister",
  "environment",
]);

/** How many fields need another look, said where the button was pressed, and the first of them gets the focus. */
export function WrongFields({ error, shown = SHOWN }: { error: unknown; shown?: ReadonlySet<string> }) {
  const t = useTranslations("serviceForm");
  const place = useRef<HTMLDivElement>(null);
  const fields = fieldSentencesUnder(error);
  useEffect(() => {
    if (error) place.current?.closest("form")?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [error]);
  const others = fields.filter(({ path }) => !shown.has(String(path[0])));
  return (
    <div ref={place} className="flex flex-col gap-2 empty:hidden">
      {fields.length > 0 && (
        <p role="alert" className="flex items-center gap-2 text-failed">
          <CircleAlert aria-hidden className="size-4 shrink-0" />
          {t("wrong", { count: fields.length })}
        </p>
      )}
      {others.length > 0 && (
        <ul className="list-disc ps-6 text-failed text-sm">
          {others.map(({ path, message }) => (
            <li key={path.join(".")}>
              <code className="figures">{path.join(".")}</code> {message}
            </li>
          ))}
        </ul>
      )}
      <FormProblem error={error} />
    </div>
  );
}
