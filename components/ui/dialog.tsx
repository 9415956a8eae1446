"use client";

import { X } from "lucide-react";
import { useTranslations } from "next-intl";
import { Dialog as RadixDialog } from "radix-ui";
import { type ReactNode, useRef } from "react";
import { Button } from "./button";
import { cn } from "./cn";

interface Props {
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  trigger?: ReactNode;
  title: ReactNode;
  description?: ReactNode;
  /** Buttons; the confirming one is last. */
  footer?: ReactNode;
  wide?: boolean;
  children?: ReactNode;
}

/** Traps focus and returns it; a sheet from below on a phone. */
export function Dialog({ open, onOpenChange, trigger, title, description, footer, wide, children }: Props) {
  const t = useTranslations("common");
  /** Without a trigger, the element that had the focus gets it back. */
  const opener = useRef<Element | null>(null);
  return (
    <RadixDialog.Root open={open} onOpenChange={onOpenChange}>
      {trigger && <RadixDialog.Trigger asChild>{trigger}</RadixDialog.Trigger>}
      <RadixDialog.Portal>
        <RadixDialog.Overlay className={overlayStyle} />
        <RadixDialog.Content
          className={cn(dialogStyle, wide ? "sm:max-w-2xl" : "sm:max-w-md")}
          onOpenAutoFocus={() => {
            opener.current = document.activeElement;
          }}
          onCloseAutoFocus={(event) => {
            if (trigger || !(opener.current instanceof HTMLElement)) return;
            event.preventDefault();
            opener.current.focus();
          }}
          {...(description ? {} : { "aria-describedby": undefined })}
        >
          <header className="flex items-start gap-3 px-5 pt-5 pb-4">
            <div className="min-w-0 flex-1">
              <RadixDialog.Title className="font-semibold text-lg">{title}</RadixDialog.Title>
              {description && (
                <RadixDialog.Description className="mt-1 text-base text-muted">{description}</RadixDialog.Description>
              )}
            </div>
            <RadixDialog.Close asChild>
              <Button variant="ghost" size="icon-sm" aria-label={t("close")}>
                <X aria-hidden />
              </Button>
            </RadixDialog.Close>
          </header>
          {children && <div className="@container/page min-h-0 overflow-y-auto px-5 pb-5">{children}</div>}
          {footer && <footer className="flex justify-end gap-2 border-t px-5 py-3">{footer}</footer>}
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  );
}

export const DialogClose = RadixDialog.Close;

export const overlayStyle =
  "fixed inset-0 z-40 bg-[rgb(0_0_0/0.45)] data-[state=closed]:animate-out data-[state=open]:animate-in data-[state=closed]:fade-out-0 data-[state=open]:fade-in-0 duration-150";
export const dialogStyle =
  "fixed z-50 flex max-h-[85dvh] w-full flex-col rounded-lg border bg-surface shadow-float outline-none duration-150 data-[state=closed]:animate-out data-[state=open]:animate-in data-[state=closed]:fade-out-0 data-[state=open]:fade-in-0 inset-x-0 mx-auto max-sm:bottom-0 max-sm:rounded-b-none max-sm:data-[state=open]:slide-in-from-bottom-8 sm:top-[12vh] sm:max-h-[76vh] sm:data-[state=open]:zoom-in-98";
