import { Plus, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { useId } from "react";
import { useController } from "react-hook-form";
import { isFilled } from "@/components/forms/contract-values";
import { useCurrentForm, useWrong, useWrongs, wrongAt } from "@/components/forms/use-contract-form";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";

/** The id is the row's own, because names change during typing. */
export interface Volume {
  id: number;
  name: string;
  path: string;
}

let lastId = 0;

export function newVolume(name = "", path = ""): Volume {
  lastId += 1;
  return { id: lastId, name, path };
}

type Placeholders = readonly [name: string, path: string];

/** The volumes of the surrounding form. */
export function VolumeRows({ placeholders }: { placeholders: Placeholders }) {
  const t = useTranslations("templateForm");
  const { control } = useCurrentForm();
  const { field } = useController({ control, name: "volumes" });
  const volumes: readonly Volume[] = field.value;
  useWrong("volumes");
  const sent = volumes.filter(isFilled);
  return (
    <div className="flex flex-col items-start gap-3">
      {volumes.length > 0 && (
        <ul className="flex w-full flex-col gap-3">
          {volumes.map((volume, index) => (
            <VolumeRow
              key={volume.id}
              volume={volume}
              number={index + 1}
              name={`volumes.${sent.indexOf(volume)}`}
              placeholders={placeholders}
              onChange={(change) =>
                field.onChange(volumes.map((other) => (other.id === volume.id ? { ...other, ...change } : other)))
              }
              onRemove={() => field.onChange(volumes.filter((other) => other.id !== volume.id))}
            />
          ))}
        </ul>
      )}
      <Button onClick={() => field.onChange([...volumes, newVolume()])}>
        <Plus aria-hidden />
        {t("addVolume")}
      </Button>
    </div>
  );
}

interface RowProps {
  volume: Volume;
  number: number;
  /** The path in the sent value. */
  name: string;
  placeholders: Placeholders;
  onChange: (change: Partial<Volume>) => void;
  onRemove: () => void;
}

function VolumeRow({ volume, number, name, placeholders, onChange, onRemove }: RowProps) {
  const t = useTranslations("templateForm");
  const id = useId();
  const which = t("volumeNumber", { number });
  const wrongs = useWrongs(name);
  const wrong = {
    name: wrongAt(wrongs, `${name}.name`) ?? wrongAt(wrongs, name),
    path: wrongAt(wrongs, `${name}.path`),
  };
  const inputOf = (part: "name" | "path", placeholder: string, label: string, className: string) => (
    <Input
      aria-label={`${label}, ${which}`}
      aria-invalid={wrong[part] ? true : undefined}
      aria-describedby={wrong[part] && `${id}-${part}`}
      placeholder={placeholder}
      className={className}
      value={volume[part]}
      onChange={(event) => onChange({ [part]: event.target.value })}
      autoComplete="off"
      spellCheck={false}
    />
  );
  return (
    <li className="flex flex-col gap-1">
      <div
        dir="ltr"
        className="grid grid-cols-[minmax(0,1fr)_auto] gap-2 @lg/page:grid-cols-[minmax(0,1fr)_minmax(0,1fr)_auto]"
      >
        {inputOf("name", placeholders[0], t("volumeName"), "figures")}
        {inputOf("path", placeholders[1], t("volumePath"), "figures @max-lg/page:order-last @max-lg/page:col-span-2")}
        <Button
          variant="ghost"
          size="icon"
          className="size-9"
          aria-label={t("removeVolume", { name: volume.name || which })}
          onClick={onRemove}
        >
          <X aria-hidden />
        </Button>
      </div>
      {(["name", "path"] as const).map(
        (part) =>
          wrong[part] && (
            <p key={part} id={`${id}-${part}`} role="alert" className="text-failed text-sm">
              {wrong[part]}
            </p>
          ),
      )}
    </li>
  );
}
