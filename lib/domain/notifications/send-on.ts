import { type ChannelAnswer, type ChannelSettings, SECRET_SETTINGS } from "@/lib/contracts/notification";
import { Problem, type ProblemData } from "@/lib/contracts/problem";
import { log } from "@/lib/platform/log";
import { createMask } from "@/lib/platform/secrets/mask";
import { secretsOf } from "@/lib/platform/secrets/secret";
import type { SendContext } from "./channel";
import { settingsOf } from "./channel-store";
import type { Message } from "./message";
import { channelOf } from "./registry";

/** One attempt, from the look-up of the name to the last byte of the answer. */
const WHOLE_MS = 30_000;
const LONGEST_ANSWER = 500;

interface Sender {
  id: string;
  sealedSettings: string;
  owner: { role: string } | null;
}

/** Sends on a stored channel. A failure is an answer with its problem, not an error. */
export async function sendOn(
  channel: Sender,
  message: Message,
  context: Omit<SendContext, "isAdministrator">,
): Promise<ChannelAnswer> {
  try {
    const isAdministrator = channel.owner === null || channel.owner.role === "admin";
    return await sendBy(settingsOf(channel), message, { ...context, isAdministrator });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { problem: error.toData(), answer: "", durationMs: 0 };
  }
}

/** Sends by settings that may not be stored. Whatever is answered is kept without their secrets. */
export async function sendBy(
  settings: ChannelSettings,
  message: Message,
  { signal, ...context }: SendContext,
): Promise<ChannelAnswer> {
  const startedMs = performance.now();
  const durationMs = () => Math.round(performance.now() - startedMs);
  const mask = createMask(Object.values(secretsOf(secretTexts(settings))));
  const kept = (text: string) => mask(text.replaceAll("\0", "").toWellFormed()).slice(0, LONGEST_ANSWER);
  try {
    const ends = AbortSignal.any([signal, AbortSignal.timeout(WHOLE_MS)]);
    const answer = await channelOf(settings.kind).send(settings, message, { ...context, signal: ends });
    return { problem: null, answer: kept(answer), durationMs: durationMs() };
  } catch (error) {
    const { detail, ...problem } = problemOf(error, settings);
    return { problem, answer: kept(detail ?? ""), durationMs: durationMs() };
  }
}

function secretTexts(settings: ChannelSettings): Record<string, string> {
  const secrets = Object.entries(settings).filter(([name]) => SECRET_SETTINGS[settings.kind].includes(name));
  return Object.fromEntries(secrets.map(([name, value]) => [name, String(value)]));
}

function problemOf(error: unknown, settings: ChannelSettings): ProblemData {
  if (error instanceof Problem) return error.toData();
  log.error({ err: error, kind: settings.kind }, "an unforeseen error ended an attempt to send a notification");
  return { code: "internal", params: {} };
}
