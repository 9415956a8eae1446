"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Dialog } from "@/components/ui/dialog";
import { Kbd } from "@/components/ui/kbd";
import { useShortcut } from "@/lib/client/shortcuts";

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

/** Keys that work on every page, and the dialog that lists them. `/` and `f` are bound where there is something to search or follow. */
export function Shortcuts() {
  const t = useTranslations("shortcuts");
  const router = useRouter();
  const [open, setOpen] = useState(false);
  useShortcut("g o", () => router.push("/"));
  useShortcut("g s", () => router.push("/services"));
  useShortcut("g k", () => router.push("/stacks"));
  useShortcut("g d", () => router.push("/deployments"));
  useShortcut("?", () => setOpen(true));
  return (
    <Dialog open={open} onOpenChange={setOpen} title={t("title")}>
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
