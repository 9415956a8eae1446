import type { ComponentType, ReactNode, SVGProps } from "react";

interface Props {
  icon: ComponentType<Pick<SVGProps<SVGSVGElement>, "className" | "aria-hidden">>;
  title: ReactNode;
  /** Explains the list in a sentence. */
  text?: ReactNode;
  /** The one possible action. */
  action?: ReactNode;
  /** The page has no other content, so its title is the page's. */
  isPage?: boolean;
}

export function EmptyState({ icon: Icon, title, text, action, isPage }: Props) {
  const Title = isPage ? "h1" : "p";
  return (
    <div className="flex flex-col items-center gap-1 px-6 py-14 text-center">
      <span className="mb-3 grid size-10 place-items-center rounded-lg border bg-background text-faint">
        <Icon aria-hidden className="size-5" />
      </span>
      <Title className="font-medium">{title}</Title>
      {text && <p className="max-w-sm text-pretty text-muted">{text}</p>}
      {action && <div className="mt-4">{action}</div>}
    </div>
  );
}
