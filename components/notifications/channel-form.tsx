"use client";

import { useTranslations } from "next-intl";
import { useEffect } from "react";
import { useWatch } from "react-hook-form";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { bodyOf, typedOf } from "@/components/forms/contract-values";
import { Field } from "@/components/forms/field";
import { Form, useContractForm } from "@/components/forms/use-contract-form";
import { WrongFields } from "@/components/forms/wrong-fields";
import { useCan } from "@/components/layout/viewer";
import { Button } from "@/components/ui/button";
import { toast } from "@/components/ui/toast";
import { LOCALE_KEYS, LOCALES } from "@/lib/contracts/locales";
import {
  type ChannelAnswer,
  ChannelChange,
  ChannelTest,
  type ChannelView,
  NewChannel,
} from "@/lib/contracts/notification";
import { CHANNEL_KINDS } from "@/lib/contracts/notification-events";
import { CHANNEL_FIELDS } from "./channel-kinds";
import { useSaveChannel, useTestChannel } from "./queries";

type Values = ReturnType<typeof valuesOf>;

/** What the controls contain: every field of every kind, of which the contract takes those of the chosen one. */
function valuesOf(channel: ChannelView | undefined) {
  const stored = typedOf(channel?.settings ?? {}) as Record<string, unknown>;
  const { to = [] } = stored;
  return {
    name: channel?.name ?? "",
    locale: channel?.locale ?? "",
    shared: false,
    settings: {
      ...{ host: "", port: "587", security: "starttls", user: "", password: "", from: "" },
      ...{ url: "", server: "", token: "", topic: "", chat: "", secret: "" },
      ...stored,
      kind: channel?.kind ?? "email",
      to: Array.isArray(to) ? to.join("\n") : "",
    },
  };
}

function prepare({ settings, ...values }: Values) {
  return { ...values, settings: { ...settings, to: settings.to.split("\n") } };
}

/** A stored channel keeps its kind, and each secret that stays blank. */
export function ChannelForm({ channel, onDone }: { channel?: ChannelView; onDone: () => void }) {
  const t = useTranslations("notifications");
  const common = useTranslations("common");
  const mayShare = useCan()("notification:write", { ownerId: null });
  const save = useSaveChannel(channel?.id);
  const test = useTestChannel();
  const form = useContractForm<Values>(channel ? ChannelChange : NewChannel, {
    defaults: () => valuesOf(channel),
    prepare,
    maySubmit: () => !save.isPending,
    submit: (body, answer) => {
      const onSuccess = ({ name }: ChannelView) => {
        onDone();
        toast.succeeded(t(channel ? "channels.wasChanged" : "channels.wasAdded", { name }));
      };
      save.mutate(body, { ...answer, onSuccess });
    },
  });
  const { subscribe, getValues, refuse, control } = form;
  const forget = test.reset;
  // A test result does not apply to values that were changed later.
  useEffect(() => subscribe({ formState: { values: true }, callback: forget }), [subscribe, forget]);
  const tryOut = () => {
    refuse(null);
    const body = bodyOf(ChannelTest, { ...prepare(getValues()), channel: channel?.id }) as Record<string, unknown>;
    test.mutate(body, { onError: (error) => refuse(error) });
  };
  const Fields = CHANNEL_FIELDS[useWatch({ control, name: "settings.kind" })];
  const kinds = CHANNEL_KINDS.map((value) => ({ value, title: t(`kinds.${value}`) }));
  const languages = LOCALE_KEYS.map((value) => ({ value, title: LOCALES[value].name }));
  return (
    <Form form={form} className="flex flex-col gap-4">
      {!channel && <Field name="settings.kind" label={t("channels.kind")} options={kinds} />}
      <Field name="name" as="prose" label={t("channels.name")} />
      <Fields isStored={channel !== undefined} />
      <Field
        name="locale"
        label={t("channels.locale")}
        options={[{ value: "", title: t("channels.localeOwn") }, ...languages]}
      />
      {!channel && mayShare && (
        <Field name="shared" label={t("channels.sharedLabel")} hint={t("channels.sharedHint")} />
      )}
      <TestResult result={test.data} />
      <WrongFields />
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onDone}>{common("cancel")}</Button>
        <Button busy={test.isPending} onClick={tryOut}>
          {t("channels.test")}
        </Button>
        <Button type="submit" variant="primary" busy={save.isPending}>
          {channel ? common("save") : t("channels.new")}
        </Button>
      </div>
    </Form>
  );
}

function TestResult({ result }: { result: ChannelAnswer | undefined }) {
  const t = useTranslations("notifications.channels");
  const sentence = useProblemSentence();
  if (!result) return null;
  const isSent = result.problem === null;
  return (
    <div role="status" className={isSent ? "text-succeeded" : "text-failed"}>
      <p className="text-pretty">{isSent ? t("testSent") : sentence(result.problem)}</p>
      {result.answer && (
        <p className="break-words text-muted text-sm">
          {t.rich("answered", { answer: () => <bdi className="figures">{result.answer}</bdi> })}
        </p>
      )}
    </div>
  );
}
