import { useTranslations } from "next-intl";
import type { ComponentType } from "react";
import { Field } from "@/components/forms/field";
import type { ChannelKind } from "@/lib/contracts/notification-events";

interface OfForm {
  /** Is it a stored channel, whose secrets stay while they are blank? */
  isStored: boolean;
}

/** The fields of each kind of channel: a new one is a line here, and its messages under `notifications`. */
export const CHANNEL_FIELDS: Record<ChannelKind, ComponentType<OfForm>> = {
  email: EmailFields,
  slack: (form) => <UrlField {...form} kind="slack" placeholder="https://hooks.slack.com/services/…" />,
  discord: (form) => <UrlField {...form} kind="discord" placeholder="https://discord.com/api/webhooks/…" />,
  teams: (form) => <UrlField {...form} kind="teams" placeholder="https://…logic.azure.com/workflows/…" />,
  telegram: TelegramFields,
  ntfy: NtfyFields,
  gotify: GotifyFields,
  webhook: WebhookFields,
};

function EmailFields({ isStored }: OfForm) {
  const t = useTranslations("notifications.fields");
  const titles = (["starttls", "tls", "none"] as const).map((value) => ({ value, title: t(`securities.${value}`) }));
  return (
    <>
      <Field name="settings.host" label={t("host")} placeholder="smtp.example.com" />
      <div className="grid gap-4 @lg/page:grid-cols-2">
        <Field name="settings.security" label={t("security")} options={titles} />
        <Field name="settings.port" label={t("port")} inputMode="numeric" placeholder="587" />
        <Field name="settings.user" label={t("user")} />
        <SecretField name="password" label={t("password")} isStored={isStored} />
      </div>
      <Field name="settings.from" label={t("from")} inputMode="email" placeholder="landfall@example.com" />
      <Field name="settings.to" as="lines" rows={2} label={t("to")} hint={t("toHint")} />
    </>
  );
}

interface UrlProps extends OfForm {
  kind: "slack" | "discord" | "teams";
  placeholder: string;
}

/** The URL contains the credential, so it is handled as a secret. */
function UrlField({ kind, placeholder, isStored }: UrlProps) {
  const t = useTranslations("notifications.fields");
  const hint = `${t(`urlHint.${kind}`)}${isStored ? ` ${t("kept")}` : ""}`;
  return <Field name="settings.url" label={t("url")} hint={hint} inputMode="url" placeholder={placeholder} />;
}

function TelegramFields({ isStored }: OfForm) {
  const t = useTranslations("notifications.fields");
  return (
    <>
      <SecretField name="token" label={t("token")} hint={t("tokenHint.telegram")} isStored={isStored} />
      <Field name="settings.chat" label={t("chat")} hint={t("chatHint")} placeholder="-1001234567890" />
      <Field name="settings.server" label={t("server")} inputMode="url" placeholder="https://api.telegram.org" />
    </>
  );
}

function NtfyFields({ isStored }: OfForm) {
  const t = useTranslations("notifications.fields");
  return (
    <>
      <Field name="settings.server" label={t("server")} inputMode="url" placeholder="https://ntfy.sh" />
      <Field name="settings.topic" label={t("topic")} />
      <SecretField name="token" label={t("token")} hint={t("tokenHint.ntfy")} isStored={isStored} />
    </>
  );
}

function GotifyFields({ isStored }: OfForm) {
  const t = useTranslations("notifications.fields");
  return (
    <>
      <Field name="settings.server" label={t("server")} inputMode="url" placeholder="https://gotify.example.com" />
      <SecretField name="token" label={t("token")} hint={t("tokenHint.gotify")} isStored={isStored} />
    </>
  );
}

function WebhookFields({ isStored }: OfForm) {
  const t = useTranslations("notifications.fields");
  return (
    <>
      <Field name="settings.url" label={t("url")} hint={t("urlHint.webhook")} inputMode="url" placeholder="https://…" />
      <Field
        name="settings.secret"
        label={t("secret")}
        hint={t(isStored ? "kept" : "secretHint")}
        placeholder="whsec_…"
      />
    </>
  );
}

function SecretField({ name, label, hint, isStored }: OfForm & { name: string; label: string; hint?: string }) {
  const t = useTranslations("notifications.fields");
  const hints = [hint, isStored && t("kept")].filter(Boolean).join(" ");
  return <Field name={`settings.${name}`} as="password" label={label} hint={hints || undefined} />;
}
