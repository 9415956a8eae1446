import { Container, FileArchive, Folder, GitBranch, type LucideIcon } from "lucide-react";
import { useTranslations } from "next-intl";
import { RadioGroup } from "radix-ui";
import { type ComponentType, type ReactNode, useId } from "react";
import { useWrongs, wrongAt } from "@/components/forms/use-contract-form";
import { useCan } from "@/components/layout/viewer";
import { Field as Frame } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Link } from "@/components/ui/link";
import { OFFERED_DRIVERS, type SourceKind, sourceKindsOf } from "@/lib/drivers/catalogue";
import { ArchiveField } from "./archive-field";
import { TestGitSource } from "./test-git-source";
import type { Upload } from "./upload";

/** The values of each kind of source; only the chosen kind's value is sent. */
export interface SourceValues {
  kind: SourceKind;
  path: string;
  uploadId: string;
  image: string;
  /** Of a repository. */
  url: string;
  ref: string;
  folder: string;
}

/** The properties of every kind's part of the form; each part uses those that it needs. */
export interface SourcePartProps {
  source: SourceValues;
  onChange: (change: Partial<SourceValues>) => void;
  error: string | undefined;
  /** The folders that may contain sources, and those that exist: any other folder below them can be typed. */
  roots: readonly string[];
  folders: readonly string[];
  upload: Upload;
  /** A file is being dragged over the page. */
  isOver: boolean;
  limitBytes: number;
  onPick: (file: File) => void;
  /** The name of a service that exists. */
  service?: string | undefined;
}

/** Every kind of source: a new one is a line here, and its messages under `sources.kinds`. */
export const SOURCE_KINDS: Record<SourceKind, { Icon: LucideIcon; Part: ComponentType<SourcePartProps> }> = {
  folder: { Icon: Folder, Part: FolderField },
  archive: {
    Icon: FileArchive,
    Part: ({ source, ...props }) => <ArchiveField uploadId={source.uploadId} {...props} />,
  },
  git: { Icon: GitBranch, Part: GitField },
  image: { Icon: Container, Part: ImageField },
};

/** The kinds that at least one driver supports. */
const OFFERED = (Object.keys(SOURCE_KINDS) as SourceKind[]).filter((kind) =>
  OFFERED_DRIVERS.some((driver) => sourceKindsOf(driver).includes(kind)),
);

interface ChoiceProps {
  value: SourceKind;
  /** Shown, but not selectable. */
  disabled?: readonly SourceKind[];
  onChange: (kind: SourceKind) => void;
}

export function SourceKinds({ value, disabled = [], onChange }: ChoiceProps) {
  const t = useTranslations("sources");
  const choose = (chosen: string) => {
    const kind = OFFERED.find((one) => one === chosen);
    if (kind) onChange(kind);
  };
  return (
    <RadioGroup.Root
      value={value}
      onValueChange={choose}
      aria-label={t("label")}
      orientation="horizontal"
      className="inline-flex max-w-full flex-wrap self-start rounded-md border border-line-strong bg-subtle p-0.5"
    >
      {OFFERED.map((kind) => {
        const { Icon } = SOURCE_KINDS[kind];
        return (
          <RadioGroup.Item
            key={kind}
            value={kind}
            disabled={disabled.includes(kind)}
            className="inline-flex h-8 items-center gap-1.5 whitespace-nowrap rounded-sm border border-transparent px-3 font-medium text-muted text-sm transition-colors hover:text-foreground disabled:opacity-50 data-[state=checked]:border-line-strong data-[state=checked]:bg-surface data-[state=checked]:text-foreground"
          >
            <Icon aria-hidden className="size-4 shrink-0" />
            {t(`kinds.${kind}`)}
          </RadioGroup.Item>
        );
      })}
    </RadioGroup.Root>
  );
}

function FolderField({ source, onChange, error, roots, folders }: SourcePartProps) {
  const t = useTranslations("serviceForm");
  const list = useId();
  const hint = roots.length > 0 && (
    <span className="break-words">
      {t("pathHint", { roots: roots.map((root) => `\u2066${root}\u2069`).join(", ") })}
    </span>
  );
  return (
    <>
      <Frame label={t("path")} hint={hint} error={error}>
        <Input
          dir="ltr"
          className="figures"
          value={source.path}
          onChange={(event) => onChange({ path: event.target.value })}
          placeholder={folders[0] ?? roots[0]}
          list={list}
          autoComplete="off"
          spellCheck={false}
        />
      </Frame>
      <datalist id={list}>
        {folders.map((folder) => (
          <option key={folder} value={folder} />
        ))}
      </datalist>
    </>
  );
}

/** `at` is the field of the contract, where the answer says what is wrong. */
const GIT_FIELDS = [
  { name: "url", at: "source.url", text: "gitUrl", placeholder: "https://github.com/acme/shop.git" },
  { name: "ref", at: "source.ref", text: "gitRef", placeholder: "main" },
  { name: "folder", at: "source.path", text: "gitPath", placeholder: "apps/web" },
] as const;

/** Where a repository is, which branch or tag of it, and which folder. */
function GitField({ source, onChange, service }: SourcePartProps) {
  const t = useTranslations("sources");
  const wrongs = useWrongs("source");
  const fields = GIT_FIELDS.map(({ name, at, text, placeholder }) => (
    <Frame
      key={name}
      label={t(text)}
      hint={t(`${text}Hint`)}
      error={wrongAt(wrongs, at) ?? (name === "url" ? wrongAt(wrongs, "source") : undefined)}
    >
      <Input
        dir="ltr"
        className="figures"
        value={source[name]}
        onChange={(event) => onChange({ [name]: event.target.value })}
        placeholder={placeholder}
        autoComplete="off"
        spellCheck={false}
      />
    </Frame>
  ));
  return (
    <>
      {fields}
      <TestGitSource source={source} service={service} />
    </>
  );
}

function ImageField({ source, onChange, error }: SourcePartProps) {
  const t = useTranslations("sources");
  const seesRegistries = useCan()("image-registry:read");
  const registries = (words: ReactNode) =>
    seesRegistries ? (
      <Link href="/image-registries" className="text-accent-text underline underline-offset-2">
        {words}
      </Link>
    ) : (
      words
    );
  return (
    <Frame label={t("image")} hint={t.rich("imageHint", { registries })} error={error}>
      <Input
        dir="ltr"
        className="figures"
        value={source.image}
        onChange={(event) => onChange({ image: event.target.value })}
        placeholder="ghcr.io/acme/shop:v2"
        autoComplete="off"
        spellCheck={false}
      />
    </Frame>
  );
}
