import { LOCALES } from "@/lib/contracts/locales";
import type { SettingsOf } from "@/lib/contracts/notification";
import { Problem } from "@/lib/contracts/problem";
import type { Channel, SendContext } from "../channel";
import { type Message, plainText } from "../message";
import { pinnedAddress, SILENCE_MS } from "../reach";

/** Where mail programs send mail, as opposed to where servers do: a member cannot make this machine a mail server. */
const SUBMISSION_PORTS: readonly number[] = [465, 587, 2465, 2525, 2587];

/** SMTP, by nodemailer. The connection goes to the checked address; the certificate is that of the name. */
export const emailChannel: Channel<"email"> = {
  async send(settings, message, context) {
    const { host, port, from, to } = settings;
    const { recipient } = context;
    const receivers = to.length > 0 ? to : recipient ? [recipient.email] : [];
    if (receivers.length === 0)
      throw new Problem("channel-refused", { params: { host, status: 0 }, detail: "no receiver" });
    if (!context.isAdministrator && !SUBMISSION_PORTS.includes(port))
      throw new Problem("channel-address-refused", { params: { host: `${host}:${port}`, reason: "port" } });
    const transport = await transportTo(settings, context);
    const abort = () => transport.close();
    context.signal.addEventListener("abort", abort, { once: true });
    try {
      const { response } = await transport.sendMail({ from, to: receivers, ...mailOf(message) });
      return response;
    } catch (cause) {
      throw problemOf(cause, host);
    } finally {
      context.signal.removeEventListener("abort", abort);
      transport.close();
    }
  },
};

async function transportTo(settings: SettingsOf<"email">, { isAdministrator }: SendContext) {
  const { host, port, security, user, password } = settings;
  const isEncrypted = security !== "none";
  const address = await pinnedAddress(host.toLowerCase(), { port, isAdministrator, isEncrypted });
  const { createTransport } = await import("nodemailer");
  return createTransport({
    host: address,
    port,
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: !isEncrypted,
    tls: { servername: host },
    ...(user !== undefined && { auth: { user, pass: password ?? "" } }),
    connectionTimeout: SILENCE_MS,
    greetingTimeout: SILENCE_MS,
    socketTimeout: SILENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

function mailOf(message: Message) {
  return {
    subject: message.title,
    text: plainText(message),
    html: htmlOf(message),
    date: message.at,
    // Repeated attempts are one message to mail programs.
    messageId: `<${message.id}@landfall>`,
    headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
  };
}

function htmlOf({ locale, title, sentences, lines, link }: Message): string {
  const { dir } = LOCALES[locale];
  const parts = [
    `<h2>${escaped(title)}</h2>`,
    ...sentences.map((sentence) => `<p>${escaped(sentence)}</p>`),
    ...(lines.length > 0 ? [`<pre dir="ltr">${escaped(lines.join("\n"))}</pre>`] : []),
    ...(link ? [`<p><a href="${escaped(link.url)}">${escaped(link.text)}</a></p>`] : []),
  ];
  return `<!doctype html><html lang="${locale}" dir="${dir}"><body>${parts.join("")}</body></html>`;
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escaped(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}

/** A server that answered refused the message; everything else is a lost connection. */
function problemOf(cause: unknown, host: string): Problem {
  const { responseCode, response, message } = cause as { responseCode?: number; response?: string; message?: string };
  const detail = response ?? message ?? String(cause);
  return responseCode === undefined
    ? new Problem("channel-unreachable", { params: { host }, detail, cause })
    : new Problem("channel-refused", { params: { host, status: responseCode }, detail, cause });
}
