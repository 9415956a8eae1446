import { Plus, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { fieldSentence } from "@/components/api/problem-sentence";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { filledVolumes, newVolume, type VolumeDraft } from "./template-draft";

interface Props {
  volumes: readonly VolumeDraft[];
  onChange: (volumes: VolumeDraft[]) => void;
  error: unknown;
  /** Of a name and of a path. */
  placeholders?: readonly [name: string, path: string];
}

export function VolumeRows({ volumes, onChange, error, placeholders = ["workspace-{name}", "/workspace"] }: Props) {
  const t = useTranslations("templateForm");
  const sent = filledVolumes({ volumes });
  return (
    <div className="flex flex-col items-start gap-3">
      {volumes.length > 0 && (
        <ul className="flex w-full flex-col gap-3">
          {volumes.map((volume, index) => (
            <VolumeRow
              key={volume.id}
              volume={volume}
              number={index + 1}
              place={sent.indexOf(volume)}
              error={error}
              placeholders={placeholders}
              onChange={(change) =>
                onChange(volumes.map((other) => (other.id === volume.id ? { ...other, ...change } : other)))
              }
              onRemove={() => onChange(volumes.filter((other) => other.id !== volume.id))}
            />
          ))}
        </ul>
      )}
      <Button onClick={() => onChange([...volumes, newVolume()])}>
        <Plus aria-hidden />
        {t("addVolume")}
      </Button>
    </div>
  );
}

interface RowProps {
  volume: VolumeDraft;
  number: number;
  /** Where it is in what was sent; -1: it was not. */
  place: number;
  error: unknown;
  placeholders: readonly [name: string, path: string];
  onChange: (change: Partial<VolumeDraft>) => void;
  onRemove: () => void;
}

function VolumeRow({ volume, number, place, error, placeholders, onChange, onRemove }: RowProps) {
  const t = useTranslations("templateForm");
  const which = t("volumeNumber", { number });
  const twice = fieldSentence(error, "volumes", place);
  const wrong = {
    name: fieldSentence(error, "volumes", place, "name") ?? twice,
    path: fieldSentence(error, "volumes", place, "path"),
  };
  return (
    <li className="flex flex-col gap-1">
      <div
        dir="ltr"
        className="grid grid-cols-[minmax(0,1fr)_auto] gap-2 @lg/page:grid-cols-[minmax(0,1fr)_minmax(0,1fr)_auto]"
      >
        <Input
          aria-label={`${t("volumeName")}, ${which}`}
          aria-invalid={wrong.name ? true : undefined}
          placeholder={placeholders[0]}
          className="figures"
          value={volume.name}
          onChange={(event) => onChange({ name: event.target.value })}
          autoComplete="off"
          spellCheck={false}
        />
        <Input
          aria-label={`${t("volumePath")}, ${which}`}
          aria-invalid={wrong.path ? true : undefined}
          placeholder={placeholders[1]}
          className="figures @max-lg/page:order-last @max-lg/page:col-span-2"
          value={volume.path}
          onChange={(event) => onChange({ path: event.target.value })}
          autoComplete="off"
          spellCheck={false}
        />
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
      {[wrong.name, wrong.path].map(
        (sentence) =>
          sentence && (
            <p key={sentence} role="alert" className="text-failed text-sm">
              {sentence}
            </p>
          ),
      )}
    </li>
  );
}
