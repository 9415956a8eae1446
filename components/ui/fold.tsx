import { ChevronRight } from "lucide-react";
import { type ReactNode, useState } from "react";

/** Fields that few people need. Opens by itself when one of them is invalid. */
export function Fold({
  title,
  isWrong,
  defaultOpen = false,
  children,
}: {
  title: string;
  isWrong: boolean;
  defaultOpen?: boolean;
  children: ReactNode;
}) {
  const [isOpen, setOpen] = useState(defaultOpen);
  return (
    <details open={isOpen || isWrong} onToggle={(event) => setOpen(event.currentTarget.open)} className="group">
      <summary className="inline-flex cursor-pointer list-none items-center gap-1 rounded-sm font-medium text-accent-text text-sm">
        <ChevronRight aria-hidden className="size-4 transition-transform group-open:rotate-90 rtl:-scale-x-100" />
        {title}
      </summary>
      <div className="mt-3 flex flex-col gap-4">{children}</div>
    </details>
  );
}
