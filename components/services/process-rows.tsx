import { Plus, X } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ComponentProps } from "react";
import { useController, useWatch } from "react-hook-form";
import { useCurrentForm, useWrong, useWrongs, wrongAt } from "@/components/forms/use-contract-form";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Fold } from "@/components/ui/fold";
import { Input, Select } from "@/components/ui/input";
import { HANDOVERS, keyOf, newProcess, type ProcessRow } from "./process-values";
import type { ServiceValues } from "./service-values";

const SETTING = "settings.processes";

/** The process types of the surrounding form. */
export function ProcessRows() {
  const t = useTranslations("serviceForm");
  const { control } = useCurrentForm<ServiceValues>();
  const { field } = useController({ control, name: "processes" });
  const driver = useWatch({ control, name: "driver" });
  const rows: readonly ProcessRow[] = field.value;
  useWrong(SETTING);
  return (
    <div className="flex flex-col items-start gap-3">
      {rows.length > 0 && (
        <ul className="flex w-full flex-col gap-3">
          {rows.map((row, index) => (
            <ProcessFields
              key={row.id}
              row={row}
              isOfImage={driver === "docker"}
              number={index + 1}
              name={`${SETTING}.${keyOf(row, rows)}`}
              onChange={(change) =>
                field.onChange(rows.map((other) => (other.id === row.id ? { ...other, ...change } : other)))
              }
              onRemove={() => field.onChange(rows.filter((other) => other.id !== row.id))}
            />
          ))}
        </ul>
      )}
      <Button onClick={() => field.onChange([...rows, newProcess()])}>
        <Plus aria-hidden />
        {t("addProcess")}
      </Button>
    </div>
  );
}

interface RowProps {
  row: ProcessRow;
  /** Without a Procfile. */
  isOfImage: boolean;
  number: number;
  /** The path in the sent value. */
  name: string;
  onChange: (change: Partial<ProcessRow>) => void;
  onRemove: () => void;
}

type Part = Exclude<keyof ProcessRow, "id" | "handover">;

function ProcessFields({ row, isOfImage, number, name, onChange, onRemove }: RowProps) {
  const t = useTranslations("serviceForm");
  const wrongs = useWrongs(name);
  const wrongOf = (part: Part) => wrongAt(wrongs, part === "type" ? name : `${name}.${part}`);
  const typed = { row, onChange };
  return (
    <li className="flex flex-col gap-4 rounded-md border p-3">
      <div className="grid grid-cols-[minmax(0,1fr)_minmax(0,8rem)_auto] items-start gap-3">
        <Field label={t("processType")} error={wrongOf("type")}>
          <Text {...typed} part="type" placeholder="worker" />
        </Field>
        <Field label={t("processReplicas")} hint={t("processReplicasHint")} error={wrongOf("replicas")}>
          <Text {...typed} part="replicas" inputMode="decimal" />
        </Field>
        <Button
          variant="ghost"
          size="icon"
          className="mt-6.5 size-9"
          aria-label={t("removeProcess", { number })}
          onClick={onRemove}
        >
          <X aria-hidden />
        </Button>
      </div>
      <Field
        label={t("processCommand")}
        hint={isOfImage ? undefined : t("processCommandHint")}
        error={wrongOf("command")}
      >
        <Text {...typed} part="command" placeholder="node worker.js" />
      </Field>
      <MoreFields {...typed} wrongOf={wrongOf} />
    </li>
  );
}

const LIMITS = ["memoryMb", "cpus"] as const;

/** What few types need. */
function MoreFields({
  row,
  onChange,
  wrongOf,
}: Pick<RowProps, "row" | "onChange"> & { wrongOf: (part: Part) => string | undefined }) {
  const t = useTranslations("serviceForm");
  const settings = useTranslations("driverSettings.process");
  const optional = useTranslations("common")("optional");
  const typed = { row, onChange };
  const isWrong = (["check", ...LIMITS] as const).some((part) => wrongOf(part));
  return (
    <Fold title={t("processMore")} isWrong={isWrong}>
      <Field label={t("processCheck")} optional={optional} hint={t("processCheckHint")} error={wrongOf("check")}>
        <Text {...typed} part="check" placeholder="node ping.js" />
      </Field>
      <div className="grid gap-4 @lg/page:grid-cols-2">
        {LIMITS.map((part) => (
          <Field
            key={part}
            label={settings(`${part}.label`)}
            optional={optional}
            hint={t("processLimitHint")}
            error={wrongOf(part)}
          >
            <Text {...typed} part={part} inputMode="decimal" />
          </Field>
        ))}
      </div>
      <Field label={t("processHandover")}>
        <Select value={row.handover} onChange={(event) => onChange({ handover: event.target.value })}>
          {HANDOVERS.map((one) => (
            <option key={one} value={one}>
              {t(one === "beside" ? "processBeside" : "processStopFirst")}
            </option>
          ))}
        </Select>
      </Field>
    </Fold>
  );
}

/** The attributes that `Field` adds (id, aria-invalid, aria-describedby) are among the rest. */
function Text({
  row,
  part,
  onChange,
  ...rest
}: Pick<RowProps, "row" | "onChange"> & { part: Part } & Omit<ComponentProps<"input">, "onChange">) {
  return (
    <Input
      dir="ltr"
      className="figures"
      value={row[part]}
      onChange={(event) => onChange({ [part]: event.target.value })}
      autoComplete="off"
      autoCapitalize="off"
      spellCheck={false}
      {...rest}
    />
  );
}
