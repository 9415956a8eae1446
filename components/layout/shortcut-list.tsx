"use client";

import { useTranslations } from "next-intl";
import { Dialog } from "@/components/ui/dialog";
import { Kbd } from "@/components/ui/shortcuts";

const LIST = [
  { name: "palette", keys: ["⌘K"] },
  { name: "goOverview", keys: ["g", "o"] },
  { name: "goServices", keys: ["g", "s"] },
  { name: "goStacks", keys: ["g", "k"] },
  { name: "goDeployments", keys: ["g", "d"] },
  { name: "search", keys: ["/"] },
  { name: "follow", keys: ["f"] },
  { name: "help", keys: ["?"] },
] as const;

export default function ShortcutList({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const t = useTranslations("shortcuts");
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t("title")}>
      <dl className="divide-y">
        {LIST.map(({ name, keys }) => (
          <div key={name} className="flex items-center justify-between py-2">
            <dt>{t(name)}</dt>
            <dd dir="ltr" className="flex items-center gap-1.5 text-faint text-xs">
              {keys.map((key, index) => (
                <span key={key} className="flex items-center gap-1.5">
                  {index > 0 && t("then")}
                  <Kbd>{key}</Kbd>
                </span>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
