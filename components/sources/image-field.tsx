import { useTranslations } from "next-intl";
import { useCan } from "@/components/layout/viewer";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Link } from "@/components/ui/link";

interface Props {
  value: string;
  onChange: (image: string) => void;
  error: string | undefined;
}

export function ImageField({ value, onChange, error }: Props) {
  const t = useTranslations("sources");
  const mayLook = useCan()("image-registry:read");
  const registries = (words: React.ReactNode) =>
    mayLook ? (
      <Link href="/image-registries" className="text-accent-text underline underline-offset-2">
        {words}
      </Link>
    ) : (
      words
    );
  return (
    <Field label={t("image")} hint={t.rich("imageHint", { registries })} error={error}>
      <Input
        dir="ltr"
        className="figures"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        placeholder="ghcr.io/acme/shop:v2"
        autoComplete="off"
        spellCheck={false}
      />
    </Field>
  );
}
