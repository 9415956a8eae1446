"use client";

import { CircleAlert, CircleCheck, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { Toast } from "radix-ui";
import { useSyncExternalStore } from "react";
import { Button } from "./button";
import { dismissToast, readToasts, subscribeToasts } from "./toast";

const none: never[] = [];

export function Toaster() {
  const t = useTranslations("common");
  const toasts = useSyncExternalStore(subscribeToasts, readToasts, () => none);
  return (
    <Toast.Provider label={t("notice")} swipeDirection="down" duration={6_000}>
      {toasts.map(({ id, tone, text }) => (
        <Toast.Root
          key={id}
          duration={tone === "failed" ? 12_000 : 5_000}
          onOpenChange={(open) => open || dismissToast(id)}
          className="flex items-start gap-2.5 rounded-lg border bg-surface py-2.5 ps-3 pe-2 shadow-float duration-150 data-[state=open]:animate-in data-[state=open]:fade-in-0 data-[state=open]:slide-in-from-bottom-2"
        >
          {tone === "failed" ? (
            <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-failed" />
          ) : (
            <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-succeeded" />
          )}
          <Toast.Description className="min-w-0 flex-1 text-pretty">{text}</Toast.Description>
          <Toast.Close asChild>
            <Button variant="ghost" size="icon-sm" className="-my-1" aria-label={t("close")}>
              <X aria-hidden />
            </Button>
          </Toast.Close>
        </Toast.Root>
      ))}
      <Toast.Viewport className="fixed inset-x-4 bottom-4 z-60 flex flex-col gap-2 outline-none max-sm:bottom-18 sm:start-auto sm:end-4 sm:w-88" />
    </Toast.Provider>
  );
}
