"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { fieldSentence, fieldSentencesUnder } from "@/components/api/problem-sentence";
import { useViewer } from "@/components/layout/viewer";
import { ServicePicker } from "@/components/services/service-picker";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Field, FormProblem } from "@/components/ui/field";
import { Select } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import type { ChannelView, RuleView } from "@/lib/contracts/notification";
import { EVENT_KINDS, NOTIFICATION_EVENTS } from "@/lib/contracts/notification-events";
import { useSaveRule } from "./queries";

interface Props {
  rule?: RuleView;
  channels: readonly ChannelView[];
  onDone: () => void;
}

/** What its owner is told, on which channel: one of theirs, or a shared one. */
export function RuleForm({ rule, channels, onDone }: Props) {
  const t = useTranslations("notifications");
  const common = useTranslations("common");
  const viewer = useViewer();
  const ownerId = rule?.owner.id ?? viewer.id;
  const usable = channels.filter(({ owner }) => owner === null || owner.id === ownerId);
  const [channel, setChannel] = useState(rule?.channel.id ?? usable[0]?.id ?? "");
  const [service, setService] = useState(rule?.service?.name ?? "");
  const [events, setEvents] = useState<readonly string[]>(
    rule?.events ?? EVENT_KINDS.filter((kind) => NOTIFICATION_EVENTS[kind].usual),
  );
  const save = useSaveRule(rule?.id);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (save.isPending) return;
    const onSuccess = () => {
      onDone();
      toast.succeeded(t("rules.wasSaved"));
    };
    save.mutate({ channel, service: service || null, events }, { onSuccess });
  };
  const wrongService = fieldSentence(save.error, "service");
  return (
    <form onSubmit={submit} className="flex flex-col gap-4" noValidate>
      <Field label={t("rules.channel")} error={fieldSentence(save.error, "channel")}>
        <Select value={channel} onChange={({ target }) => setChannel(target.value)}>
          {usable.map(({ id, name, kind }) => (
            <option key={id} value={id}>
              {`${name} · ${t(`kinds.${kind}`)}`}
            </option>
          ))}
        </Select>
      </Field>
      <div className="flex flex-col gap-1.5">
        <span className="font-medium text-sm">{t("rules.service")}</span>
        <ServicePicker label={t("rules.service")} value={service} onChange={setService} />
        <p className="text-faint text-sm">{t("rules.serviceHint")}</p>
        {wrongService && (
          <p role="alert" className="text-failed text-sm">
            {wrongService}
          </p>
        )}
      </div>
      <EventFields chosen={events} onChange={setEvents} error={fieldSentencesUnder(save.error, "events")[0]?.message} />
      <FormProblem error={save.error} />
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onDone}>{common("cancel")}</Button>
        <Button type="submit" variant="primary" busy={save.isPending}>
          {t("rules.save")}
        </Button>
      </div>
    </form>
  );
}

interface EventProps {
  chosen: readonly string[];
  onChange: (chosen: readonly string[]) => void;
  error: string | undefined;
}

function EventFields({ chosen, onChange, error }: EventProps) {
  const t = useTranslations("notifications");
  const toggle = (kind: string, isChosen: boolean) =>
    onChange(EVENT_KINDS.filter((one) => (one === kind ? isChosen : chosen.includes(one))));
  return (
    <fieldset>
      <legend className="mb-2 font-medium text-sm">{t("rules.events")}</legend>
      <div className="grid gap-2.5 sm:grid-cols-2">
        {EVENT_KINDS.map((kind) => (
          <Field key={kind} inline label={t(`events.${kind}`)}>
            <Checkbox checked={chosen.includes(kind)} onCheckedChange={(checked) => toggle(kind, checked === true)} />
          </Field>
        ))}
      </div>
      {error && (
        <p role="alert" className="mt-1.5 text-failed text-sm">
          {error}
        </p>
      )}
    </fieldset>
  );
}
