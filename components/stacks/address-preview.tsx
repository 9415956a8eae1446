import { useTranslations } from "next-intl";
import { cn } from "@/components/ui/cn";

const PLACE = "{name}";

/** Where it will answer, forming as the name is typed; the part that is the name stands out. */
export function AddressPreview({ pattern, name }: { pattern: string; name: string }) {
  const t = useTranslations("stackForm");
  const [before = "", after = ""] = pattern.split(PLACE);
  return (
    <div className="rounded-lg border bg-background px-4 py-3">
      <p className="text-faint text-xs">{t("address")}</p>
      <p dir="ltr" className="mt-1 wrap-anywhere font-mono text-lg text-muted rtl:text-end">
        {before}
        <span className={cn("font-semibold", name ? "text-foreground" : "text-faint")}>{name || t("addressName")}</span>
        {after}
      </p>
    </div>
  );
}
