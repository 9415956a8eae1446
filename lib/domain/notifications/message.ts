import { shortCommit } from "@/lib/contracts/commit";
import { LOCALES, type Locale } from "@/lib/contracts/locales";
import type { Notice } from "@/lib/contracts/notification";
import { NOTIFICATION_EVENTS, type NotificationEvent } from "@/lib/contracts/notification-events";
import { causeLineOf } from "@/lib/contracts/problem";
import { formats } from "@/lib/platform/i18n/formats";
import { messagesOf } from "@/lib/platform/i18n/messages";
import { formatBytes, formatDuration } from "@/lib/platform/i18n/quantities";

/** What a receiver reads, in their language. Each kind of channel gives it its own form. */
export interface Message {
  /** The same at each attempt, so that a receiver can tell a repetition. */
  id: string;
  kind: NotificationEvent | "test";
  at: Date;
  tone: "bad" | "good" | "neutral";
  locale: Locale;
  title: string;
  sentences: readonly string[];
  /** Output of programs: written from left to right, without formatting. */
  lines: readonly string[];
  link: { text: string; url: string } | null;
  notices: readonly Notice[];
}

interface Reader {
  locale: Locale;
  /** The address of the console; null where it is not known. */
  origin: string | null;
}

/** More events than this are counted, not listed. */
const LISTED = 10;

/** A message of one event, or of several of one kind. */
export async function writeMessage(
  { id, kind, notices }: { id: string; kind: NotificationEvent; notices: readonly Notice[] },
  reader: Reader,
): Promise<Message> {
  const words = await wordsOf(reader.locale);
  const [first] = notices;
  if (!first) throw new Error(`the message ${id} has no event`);
  const common = { id, kind, at: new Date(first.at), tone: NOTIFICATION_EVENTS[kind].tone, ...reader, notices };
  if (notices.length === 1) {
    return {
      ...common,
      title: words.told(first),
      sentences: words.details(first),
      lines: first.lines,
      link: linkTo(first.path, reader, words),
    };
  }
  const more = notices.length - LISTED;
  return {
    ...common,
    title: words.several(kind, notices.length),
    sentences: [...notices.slice(0, LISTED).map(words.told), ...(more > 0 ? [words.more(more)] : [])],
    lines: [],
    link: linkTo(first.deployment ? "/deployments" : "/", reader, words),
  };
}

/** What the Test button sends. */
export async function writeTestMessage({ id, channel }: { id: string; channel: string }, reader: Reader) {
  const words = await wordsOf(reader.locale);
  const message: Message = {
    ...{ id, kind: "test", at: new Date(), tone: "neutral", locale: reader.locale, notices: [], lines: [] },
    ...words.test(channel),
    link: linkTo("/notifications", reader, words),
  };
  return message;
}

function linkTo(path: string, { origin }: Reader, words: Words): Message["link"] {
  return origin === null ? null : { text: words.open, url: `${origin}${path}` };
}

type Words = Awaited<ReturnType<typeof makeWords>>;
const made = new Map<Locale, Promise<Words>>();

function wordsOf(locale: Locale): Promise<Words> {
  const words = made.get(locale) ?? makeWords(locale);
  made.set(locale, words);
  return words;
}

/** Loads the translator on first use: most workers never need it. */
async function makeWords(locale: Locale) {
  const [{ createTranslator }, messages] = await Promise.all([import("next-intl"), messagesOf(locale)]);
  const { tag, dir } = LOCALES[locale];
  const t = createTranslator({ locale: tag, messages, formats, timeZone: "UTC" });
  /** Names and numbers keep their own direction inside a right-to-left sentence. */
  const isolated = (text: string) => (dir === "rtl" ? `\u2068${oneLine(text)}\u2069` : oneLine(text));

  const valuesOf = ({ service, target, deployment, values }: Notice) => ({
    service: isolated(service?.name ?? ""),
    target: isolated(target?.name ?? ""),
    number: isolated(`#${deployment?.number ?? 0}`),
    duration: isolated(formatDuration(Number(values.elapsedMs ?? 0), tag)),
    free: isolated(formatBytes(Number(values.freeBytes ?? 0), tag)),
    total: isolated(formatBytes(Number(values.totalBytes ?? 0), tag)),
    address: isolated(String(values.address ?? "")),
    name: isolated(String(values.name ?? "")),
    domain: isolated(String(values.domain ?? "")),
    since: new Date(String(values.since ?? 0)),
    endsAt: new Date(String(values.endsAt ?? 0)),
  });
  const told = (notice: Notice) => t(`notifications.told.${notice.kind}`, valuesOf(notice));

  return {
    open: t("notifications.message.open"),
    told,
    several: (kind: NotificationEvent, count: number) =>
      t("notifications.message.several", { event: t(`notifications.events.${kind}`), count }),
    more: (count: number) => t("notifications.message.more", { count }),
    test: (channel: string) => ({
      title: t("notifications.message.testTitle"),
      sentences: [t("notifications.message.testText", { channel: isolated(channel) })],
    }),
    /** Why, which release is the current one, and the commit. */
    details: ({ problem, release, commit, values }: Notice): string[] => {
      const cause = problem && causeLineOf(problem);
      return [
        ...(problem ? [oneLine(t(`problems.${problem.code}`, problem.params))] : []),
        ...(cause ? [isolated(cause)] : []),
        ...(values.usualMs === undefined
          ? []
          : [t("notifications.message.usual", { usual: isolated(formatDuration(Number(values.usualMs), tag)) })]),
        ...(release === null
          ? []
          : [release > 0 ? t("notifications.message.release", { release }) : t("notifications.message.noRelease")]),
        ...(commit
          ? [
              t("notifications.message.commit", {
                commit: isolated(shortCommit(commit.id)),
                message: isolated(commit.message),
                author: isolated(commit.author),
              }),
            ]
          : []),
      ];
    },
  };
}

/** As 0xrrggbb, for programs that mark a message with a colour of its own. */
export const COLOURS: Record<Message["tone"], number> = { bad: 0xd92d20, good: 0x17803d, neutral: 0x667085 };

const LONGEST_LINE = 500;

/** Text of people and programs as one line of a bearable length, which does not change the direction of what follows. */
function oneLine(text: string): string {
  const line = text
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .replaceAll(/[\u202a-\u202e\u2066-\u2069]/g, "")
    .trim();
  return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE).toWellFormed()}…` : line;
}

/** The same text, in which chat programs find no name to tell. */
export function withoutMentions(text: string): string {
  return text.replaceAll(/@(?=\w)/g, "@\u200b");
}

/** The sentences and lines below the title, as plain text. */
export function plainText({ sentences, lines, link }: Pick<Message, "sentences" | "lines" | "link">): string {
  const parts = [sentences.join("\n"), lines.join("\n"), link?.url ?? ""];
  return parts.filter(Boolean).join("\n\n");
}
