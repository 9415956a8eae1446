"use client";

import { CircleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useRef, useState } from "react";
import { FormProblem } from "@/components/ui/field";
import { useCurrentForm, useWrongs } from "./use-contract-form";

const WRONG_CONTROLS = "[aria-invalid=true]";

/** The number of fields to fix, beside the button that was pressed: each is a link, and the first gets the focus. */
export function WrongFields() {
  const t = useTranslations("serviceForm");
  const { problem, refusals, shown } = useCurrentForm();
  const wrongs = useWrongs();
  const place = useRef<HTMLDivElement>(null);
  const [controls, setControls] = useState<readonly HTMLElement[]>([]);
  const names = wrongs.map(({ name }) => name).join(" ");
  useEffect(() => {
    const found = names && place.current?.closest("form")?.querySelectorAll<HTMLElement>(WRONG_CONTROLS);
    setControls(found ? [...found] : []);
  }, [names]);
  useEffect(() => {
    if (refusals > 0) place.current?.closest("form")?.querySelector<HTMLElement>(WRONG_CONTROLS)?.focus();
  }, [refusals]);
  const others = wrongs.filter(({ name }) => ![...shown].some((one) => one === name || name.startsWith(`${one}.`)));
  return (
    <div ref={place} className="flex flex-col gap-2 empty:hidden">
      {wrongs.length > 0 && (
        <p role="alert" className="flex items-center gap-2 text-failed">
          <CircleAlert aria-hidden className="size-4 shrink-0" />
          {t("wrong", { count: wrongs.length })}
        </p>
      )}
      {controls.length > 0 && (
        <ul className="flex flex-wrap gap-x-4 gap-y-1 ps-6 text-sm">
          {controls.map((control) => (
            <li key={labelOf(control)}>
              <button
                type="button"
                onClick={() => control.focus()}
                className="text-failed underline underline-offset-4"
              >
                {labelOf(control)}
              </button>
            </li>
          ))}
        </ul>
      )}
      {others.length > 0 && (
        <ul className="list-disc ps-6 text-failed text-sm">
          {others.map(({ name, message }) => (
            <li key={name}>
              <code className="figures">{name}</code> {message}
            </li>
          ))}
        </ul>
      )}
      <FormProblem error={problem} />
    </div>
  );
}

function labelOf(control: HTMLElement): string {
  const label = "labels" in control ? (control.labels as NodeListOf<HTMLLabelElement> | null)?.[0] : undefined;
  return control.getAttribute("aria-label") ?? label?.textContent ?? control.textContent ?? "";
}
