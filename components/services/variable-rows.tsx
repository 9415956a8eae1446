import { Lock, LockKeyhole, LockOpen, Plus, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ClipboardEvent, useId } from "react";
import { useController } from "react-hook-form";
import { useCurrentForm, useWrong, useWrongs, wrongAt } from "@/components/forms/use-contract-form";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { newVariable, nextChoice, parsePastedEnvFile, repeatedNames, type Variable } from "./variables";

/** The variables of the surrounding form; `path` is the path of their names in the sent value. */
export function VariableRows({ path }: { path: string }) {
  const t = useTranslations("serviceForm");
  const { control } = useCurrentForm();
  const { field } = useController({ control, name: "variables" });
  const rows: readonly Variable[] = field.value;
  const onChange = (changed: readonly Variable[]) => field.onChange(changed);
  const repeated = repeatedNames(rows);
  useWrong(path);
  const wrongs = useWrongs(path);
  const paste = (row: Variable, event: ClipboardEvent) => {
    const pasted = parsePastedEnvFile(event.clipboardData.getData("text"));
    if (!pasted) return;
    event.preventDefault();
    onChange(rows.flatMap((other) => (other.id === row.id ? pasted : [other])));
  };
  const wrongWith = ({ name }: Variable) =>
    repeated.has(name.trim()) ? t("twice") : wrongAt(wrongs, `${path}.${name.trim()}`);
  return (
    <div className="flex flex-col gap-2">
      {rows.length > 0 && (
        <ul className="flex flex-col gap-2">
          {rows.map((row, index) => (
            <VariableRow
              key={row.id}
              row={row}
              number={index + 1}
              wrong={wrongWith(row)}
              onChange={(change) =>
                onChange(rows.map((other) => (other.id === row.id ? { ...other, ...change } : other)))
              }
              onPaste={(event) => paste(row, event)}
              onRemove={() => onChange(rows.filter((other) => other.id !== row.id))}
            />
          ))}
        </ul>
      )}
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Button onClick={() => onChange([...rows, newVariable()])}>
          <Plus aria-hidden />
          {t("addVariable")}
        </Button>
        <p className="text-faint text-sm">{t("pasteHint")}</p>
      </div>
    </div>
  );
}

interface RowProps {
  row: Variable;
  number: number;
  wrong: string | undefined;
  onChange: (change: Partial<Variable>) => void;
  onPaste: (event: ClipboardEvent) => void;
  onRemove: () => void;
}

function VariableRow({ row, number, wrong, onChange, onPaste, onRemove }: RowProps) {
  const t = useTranslations("serviceForm");
  const id = useId();
  const name = row.name || t("variableNumber", { number });
  return (
    <li className="flex flex-col gap-1">
      <div
        dir="ltr"
        className="grid grid-cols-[minmax(0,1fr)_auto_auto] gap-2 @lg/page:grid-cols-[minmax(0,2fr)_minmax(0,3fr)_auto_auto]"
      >
        <Input
          aria-label={`${t("variableName")}, ${t("variableNumber", { number })}`}
          aria-invalid={wrong ? true : undefined}
          aria-describedby={wrong && id}
          placeholder="NAME"
          className="figures"
          value={row.name}
          onChange={(event) => onChange({ name: event.target.value })}
          onPaste={onPaste}
          autoComplete="off"
          spellCheck={false}
        />
        <Input
          aria-label={`${t("variableValue")}, ${name}`}
          placeholder={t("variableValue")}
          className="figures @max-lg/page:order-last @max-lg/page:col-span-3"
          value={row.value}
          onChange={(event) => onChange({ value: event.target.value })}
          autoComplete="off"
          spellCheck={false}
        />
        <SecretChoice name={name} secret={row.secret} onChange={(secret) => onChange({ secret })} />
        <Button
          variant="ghost"
          size="icon"
          className="size-9"
          aria-label={t("removeVariable", { name })}
          onClick={onRemove}
        >
          <X aria-hidden />
        </Button>
      </div>
      {wrong && (
        <p id={id} role="alert" className="text-failed text-sm">
          {wrong}
        </p>
      )}
    </li>
  );
}

/** Whether logs mask the value; guessed from name and value until a person chooses. */
function SecretChoice({
  name,
  secret,
  onChange,
}: {
  name: string;
  secret: boolean | undefined;
  onChange: (secret: boolean | undefined) => void;
}) {
  const t = useTranslations("serviceForm");
  const choice = secret === undefined ? "guessed" : secret ? "secret" : "notSecret";
  const Icon = { guessed: LockKeyhole, secret: Lock, notSecret: LockOpen }[choice];
  const label = t(`secretChoices.${choice}`, { name });
  return (
    <Button
      variant="ghost"
      size="icon"
      className={secret === undefined ? "size-9 text-faint" : "size-9"}
      aria-label={label}
      title={label}
      onClick={() => onChange(nextChoice(secret))}
    >
      <Icon aria-hidden />
    </Button>
  );
}
