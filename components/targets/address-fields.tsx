import { useTranslations } from "next-intl";
import { fieldSentence } from "@/components/api/problem-sentence";
import { PlainField } from "./plain-field";

interface Address {
  host: string;
  port: string;
  user: string;
}

/** Where a server is and who works on it: the server itself, or the one on the way. */
export function AddressFields({
  value,
  onChange,
  error,
  path = [],
  isFirst,
}: {
  value: Address;
  onChange: (change: Partial<Address>) => void;
  error: unknown;
  path?: readonly string[];
  isFirst?: boolean;
}) {
  const t = useTranslations("serverForm");
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_6rem] gap-4">
      <PlainField
        label={t("host")}
        hint={t("hostHint")}
        error={fieldSentence(error, ...path, "host")}
        value={value.host}
        onChange={(host) => onChange({ host })}
        placeholder="web-1.example.com"
        autoFocus={isFirst}
      />
      <PlainField
        label={t("port")}
        error={fieldSentence(error, ...path, "port")}
        value={value.port}
        onChange={(port) => onChange({ port })}
        inputMode="numeric"
        placeholder="22"
      />
      <PlainField
        className="col-span-2"
        label={t("user")}
        hint={path.length === 0 && t("userHint")}
        error={fieldSentence(error, ...path, "user")}
        value={value.user}
        onChange={(user) => onChange({ user })}
        placeholder="root"
      />
    </div>
  );
}
