import { useTranslations } from "next-intl";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";

interface Draft {
  gitUrl: string;
  gitRef: string;
  gitPath: string;
}

interface Props {
  draft: Draft;
  set: (change: Partial<Draft>) => void;
  wrong: (field: "url" | "ref" | "path") => string | undefined;
}

const FIELDS = [
  { name: "gitUrl", setting: "url", placeholder: "https://github.com/acme/shop.git" },
  { name: "gitRef", setting: "ref", placeholder: "main" },
  { name: "gitPath", setting: "path", placeholder: "apps/web" },
] as const;

export function GitField({ draft, set, wrong }: Props) {
  const t = useTranslations("sources");
  return FIELDS.map(({ name, setting, placeholder }) => (
    <Field key={name} label={t(name)} hint={t(`${name}Hint`)} error={wrong(setting)}>
      <Input
        dir="ltr"
        className="figures"
        value={draft[name]}
        onChange={(event) => set({ [name]: event.target.value })}
        placeholder={placeholder}
        autoComplete="off"
        spellCheck={false}
      />
    </Field>
  ));
}
