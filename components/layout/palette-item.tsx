import { Command } from "cmdk";
import { CornerDownLeft, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

export function PaletteGroup({ heading, children }: { heading: string; children: ReactNode }) {
  return (
    <Command.Group
      heading={heading}
      className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2.5 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-faint [&_[cmdk-group-heading]]:text-xs"
    >
      {children}
    </Command.Group>
  );
}

export function PaletteItem({
  icon: Icon = CornerDownLeft,
  value,
  onSelect,
  children,
}: {
  icon?: LucideIcon;
  /** What typing is compared with, where the words on it are more than its name. */
  value?: string;
  onSelect: () => unknown;
  children: ReactNode;
}) {
  return (
    <Command.Item
      value={value}
      onSelect={() => onSelect()}
      className="flex h-9 cursor-default items-center gap-2.5 rounded-md px-2 data-[selected=true]:bg-subtle"
    >
      <Icon aria-hidden className="size-4 shrink-0 text-faint rtl:-scale-x-100" />
      {children}
    </Command.Item>
  );
}
