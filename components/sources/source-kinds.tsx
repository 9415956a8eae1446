import { Container, FileArchive, Folder, GitBranch, type LucideIcon } from "lucide-react";
import { useTranslations } from "next-intl";
import { RadioGroup } from "radix-ui";
import { OFFERED_DRIVERS, type SourceKind, sourceKindsOf } from "@/lib/drivers/catalogue";

const ICONS: Record<SourceKind, LucideIcon> = {
  folder: Folder,
  archive: FileArchive,
  git: GitBranch,
  image: Container,
};
/** Those that some driver takes. */
const KINDS = (Object.keys(ICONS) as SourceKind[]).filter((kind) =>
  OFFERED_DRIVERS.some((driver) => sourceKindsOf(driver).includes(kind)),
);

interface Props {
  value: SourceKind;
  /** Shown, and not to be chosen. */
  disabled?: readonly SourceKind[];
  onChange: (kind: SourceKind) => void;
}

export function SourceKinds({ value, disabled = [], onChange }: Props) {
  const t = useTranslations("sources");
  const choose = (chosen: string) => {
    const kind = KINDS.find((one) => one === chosen);
    if (kind) onChange(kind);
  };
  return (
    <RadioGroup.Root
      value={value}
      onValueChange={choose}
      aria-label={t("label")}
      orientation="horizontal"
      className="inline-flex max-w-full self-start rounded-md border border-line-strong bg-subtle p-0.5"
    >
      {KINDS.map((kind) => {
        const Icon = ICONS[kind];
        return (
          <RadioGroup.Item
            key={kind}
            value={kind}
            disabled={disabled.includes(kind)}
            className="inline-flex h-8 items-center gap-1.5 rounded-sm border border-transparent px-3 font-medium text-muted text-sm transition-colors hover:text-foreground disabled:opacity-50 data-[state=checked]:border-line-strong data-[state=checked]:bg-surface data-[state=checked]:text-foreground"
          >
            <Icon aria-hidden className="size-4 shrink-0" />
            {t(`kinds.${kind}`)}
          </RadioGroup.Item>
        );
      })}
    </RadioGroup.Root>
  );
}
