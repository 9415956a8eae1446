import { useTranslations } from "next-intl";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { ROLES, Role } from "@/lib/contracts/user";

interface Props {
  value: Role;
  onChange: (role: Role) => void;
  disabled?: boolean;
  /** Instead of what the role means. */
  note?: string | undefined;
  error?: string | undefined;
}

export function RoleField({ value, onChange, disabled, note, error }: Props) {
  const t = useTranslations();
  return (
    <Field label={t("users.role")} hint={note ?? t(`users.roleMeans.${value}`)} error={error}>
      <Select value={value} disabled={disabled} onChange={(event) => onChange(Role.parse(event.target.value))}>
        {ROLES.map((role) => (
          <option key={role} value={role}>
            {t(`roles.${role}`)}
          </option>
        ))}
      </Select>
    </Field>
  );
}
