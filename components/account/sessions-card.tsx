"use client";

import { useQuery } from "@tanstack/react-query";
import { Monitor, Smartphone } from "lucide-react";
import { useTranslations } from "next-intl";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { ListPanel } from "@/components/ui/list-panel";
import { TimeAgo } from "@/components/ui/time";
import { toast } from "@/components/ui/toast";
import type { SessionView } from "@/lib/contracts/user";
import { accountQueries, useEndOtherSessions, useEndSession } from "./queries";

const PHONES: readonly (string | null)[] = ["iPhone", "iPad", "Android"];

/** Patterns of a browser's User-Agent, most specific first: most browsers also claim to be others. */
const BROWSERS: readonly [RegExp, string][] = [
  [/\bEdg(?:e|A|iOS)?\//, "Edge"],
  [/\bOPR\/|\bOpera\b/, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\bVivaldi\//, "Vivaldi"],
  [/\bFirefox\/|\bFxiOS\//, "Firefox"],
  [/Chrome\/|\bCriOS\/|\bChromium\//, "Chrome"],
  [/\bSafari\//, "Safari"],
  [/^curl\//, "curl"],
];
const SYSTEMS: readonly [RegExp, string][] = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b|\bMacintosh\b/, "macOS"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bLinux\b|\bX11\b/, "Linux"],
];

export function SessionsCard() {
  const t = useTranslations("account");
  const sentence = useProblemSentence();
  const query = useQuery(accountQueries.sessions());
  const endOthers = useEndOtherSessions();
  const end = () =>
    endOthers.mutate(undefined, {
      onSuccess: () => toast.succeeded(t("othersEnded")),
      onError: (error) => toast.failed(sentence(error)),
    });
  const hasOthers = (query.data ?? []).some(({ isThis }) => !isThis);
  return (
    <Card
      flush
      title={t("sessions")}
      description={t("sessionsText")}
      actions={
        hasOthers && (
          <Button busy={endOthers.isPending} onClick={end}>
            {t("endOthers")}
          </Button>
        )
      }
    >
      <ListPanel query={query} items={query.data} empty={null}>
        {(sessions) => (
          <ul className="divide-y">
            {sessions.map((session) => (
              <Session key={session.id} session={session} />
            ))}
          </ul>
        )}
      </ListPanel>
    </Card>
  );
}

function Session({ session }: { session: SessionView }) {
  const t = useTranslations("account");
  const sentence = useProblemSentence();
  const end = useEndSession();
  const { browser, system } = deviceOf(session.userAgent);
  const device = browser && system ? t("browserOn", { browser, system }) : (browser ?? system ?? t("unknownDevice"));
  const Icon = PHONES.includes(system) ? Smartphone : Monitor;
  const via = session.via === "password" || session.via === "passkey" ? t(`via.${session.via}`) : session.via;
  return (
    <li className="flex items-center gap-3 px-4 py-2.5">
      <Icon aria-hidden className="size-4.5 shrink-0 text-faint" />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2">
          <span className="font-medium" title={session.userAgent ?? undefined}>
            {device}
          </span>
          {session.isThis && <Badge tone="succeeded">{t("thisBrowser")}</Badge>}
        </p>
        <p className="flex flex-wrap gap-x-1.5 text-faint text-sm">
          {session.ip && <bdi className="figures">{session.ip}</bdi>}
          {session.ip && <span aria-hidden>·</span>}
          <span>{via}</span>
          <span aria-hidden>·</span>
          <span>
            {t("lastUsed")} <TimeAgo at={session.lastUsedAt} />
          </span>
        </p>
      </div>
      {!session.isThis && (
        <Button
          size="sm"
          busy={end.isPending}
          aria-label={t("endNamed", { device })}
          onClick={() => end.mutate(session.id, { onError: (error) => toast.failed(sentence(error)) })}
        >
          {t("end")}
        </Button>
      )}
    </li>
  );
}

/** Browser and system, each null where the header does not name it. People recognise their own browser by them. */
export function deviceOf(userAgent: string | null): { browser: string | null; system: string | null } {
  const find = (names: readonly [RegExp, string][]) => names.find(([sign]) => sign.test(userAgent ?? ""))?.[1] ?? null;
  return { browser: find(BROWSERS), system: find(SYSTEMS) };
}
