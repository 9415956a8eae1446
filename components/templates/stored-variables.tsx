import { Trash2, Undo2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";

interface Props {
  names: readonly string[];
  unset: readonly string[];
  onChange: (unset: string[]) => void;
}

/** Names whose values are stored: each is kept or goes; none is ever shown. */
export function StoredVariables({ names, unset, onChange }: Props) {
  const t = useTranslations("templateForm");
  if (names.length === 0) return null;
  return (
    <div className="flex flex-col gap-2">
      <ul className="divide-y rounded-md border">
        {names.map((name) => {
          const goes = unset.includes(name);
          return (
            <li key={name} className="flex flex-wrap items-center gap-x-3 py-1 ps-3 pe-1">
              <span dir="ltr" className={cn("figures min-w-0 flex-1 break-all rtl:text-end", goes && "line-through")}>
                {name}
              </span>
              <span className={goes ? "text-failed text-sm" : "text-faint text-sm"}>
                {t(goes ? "goesAway" : "isSet")}
              </span>
              <Button
                variant="ghost"
                size="icon"
                aria-label={t(goes ? "keepNamed" : "removeNamed", { name })}
                onClick={() => onChange(goes ? unset.filter((other) => other !== name) : [...unset, name])}
              >
                {goes ? <Undo2 aria-hidden className="rtl:-scale-x-100" /> : <Trash2 aria-hidden />}
              </Button>
            </li>
          );
        })}
      </ul>
      <p className="text-faint text-sm">{t("change")}</p>
    </div>
  );
}
