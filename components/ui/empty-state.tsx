import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

interface Props {
  icon: LucideIcon;
  title: ReactNode;
  /** What this is, in a sentence. */
  text?: ReactNode;
  /** The one thing to do. */
  action?: ReactNode;
}

export function EmptyState({ icon: Icon, title, text, action }: Props) {
  return (
    <div className="flex flex-col items-center gap-1 px-6 py-14 text-center">
      <span className="mb-3 grid size-10 place-items-center rounded-lg border bg-background text-faint">
        <Icon aria-hidden className="size-5" />
      </span>
      <p className="font-medium">{title}</p>
      {text && <p className="max-w-sm text-pretty text-muted">{text}</p>}
      {action && <div className="mt-4">{action}</div>}
    </div>
  );
}
