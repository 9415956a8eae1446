import { networkInterfaces } from "node:os";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeAll, expect, test } from "vitest";
import type { ChannelSettings } from "@/lib/contracts/notification";
import { teamsBody } from "./channels/teams";
import { sendBy } from "./send-on";
import { allowThisMachine, aMailServer, aMessage, aReceiver } from "./test-notifications";

beforeAll(allowThisMachine);
const open: { close(): void }[] = [];
afterEach(() => {
  for (const { close } of open.splice(0)) close();
});

async function receiver() {
  const made = await aReceiver();
  open.push(made);
  return made;
}
const send = (settings: ChannelSettings, { isAdministrator = true, message = aMessage() } = {}) =>
  sendBy(settings, message, {
    isAdministrator,
    recipient: { name: "Ana", email: "ana@example.com" },
    signal: new AbortController().signal,
  });

test("Slack gets an attachment, which Mattermost shows too, and nothing in it is a mention or a link", async () => {
  const { url, requests } = await receiver();
  const sentences = ["The build failed.", "<!channel> @all [x](https://evil.example) ![y][1] & *bold*"];
  const message = aMessage({ sentences });
  expect(await send({ kind: "slack", url: `${url}/services/T/B/secret` }, { message })).toMatchObject({
    problem: null,
    answer: "ok",
  });
  const [request] = requests;
  expect([request?.url, request?.headers["content-type"]]).toEqual(["/services/T/B/secret", "application/json"]);
  expect(request?.body).toEqual({
    attachments: [
      {
        fallback: "shop: deployment #42 failed",
        color: "#d92d20",
        title: "shop: deployment #42 failed",
        title_link: "https://landfall.example.com/deployments/42",
        text:
          "The build failed.\n&lt;!channel&gt; @\u200ball [x]\u200b(https://evil.example) ![y]\u200b[1] &amp; *bold*\n" +
          "```\nnpm ERR! 'missing' script: build\nexit code 1\n```",
        mrkdwn_in: ["text"],
      },
    ],
  });
});

test("Discord gets an embed without mentions", async () => {
  const { url, requests } = await receiver();
  await send({ kind: "discord", url: `${url}/api/webhooks/1/token` });
  expect(requests[0]?.body).toMatchObject({
    allowed_mentions: { parse: [] },
    embeds: [
      {
        title: "shop: deployment \\#42 failed",
        url: "https://landfall.example.com/deployments/42",
        timestamp: "2026-12-02T03:00:00.000Z",
        description: expect.stringContaining("\\[x\\]\\(https://evil.example\\)"),
      },
    ],
  });
});

test("Teams gets an adaptive card, from right to left in Arabic", async () => {
  const { url, requests } = await receiver();
  await send({ kind: "teams", url: `${url}/workflows/1` });
  expect(requests[0]?.body).toMatchObject({
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        content: {
          type: "AdaptiveCard",
          version: "1.4",
          rtl: false,
          body: expect.arrayContaining([
            { type: "RichTextBlock", inlines: [{ type: "TextRun", text: "The build failed." }] },
          ]),
          actions: [{ type: "Action.OpenUrl", url: "https://landfall.example.com/deployments/42" }],
        },
      },
    ],
  });
  expect(teamsBody(aMessage({ locale: "ar" })).attachments[0]?.content.rtl).toBe(true);
});

test("Telegram gets plain text, with the output marked by its place", async () => {
  const { url, requests } = await receiver();
  const message = aMessage({ sentences: ["Commit by @everyone"] });
  await send({ kind: "telegram", server: url, token: "123:abc", chat: "-1001" }, { message });
  const [request] = requests;
  const text = String(request?.body.text);
  const entities = request?.body.entities as { type: string; offset: number; length: number }[];
  expect(text).toContain("Commit by @\u200beveryone");
  expect([request?.url, request?.body.chat_id]).toEqual(["/bot123:abc/sendMessage", "-1001"]);
  const marked = entities.map(({ type, offset, length }) => [type, text.slice(offset, offset + length)]);
  expect(marked).toEqual([
    ["bold", "shop: deployment #42 failed"],
    ["pre", "npm ERR! `missing` script: build\nexit code 1"],
  ]);
});

test("ntfy gets JSON with the topic, urgent when something failed", async () => {
  const { url, requests } = await receiver();
  await send({ kind: "ntfy", server: url, topic: "ops", token: "tk_secret" });
  expect(requests[0]?.headers.authorization).toBe("Bearer tk_secret");
  expect(requests[0]?.body).toMatchObject({
    ...{ topic: "ops", title: "shop: deployment #42 failed", priority: 4 },
    click: "https://landfall.example.com/deployments/42",
    message: expect.stringContaining("The build failed."),
  });
});

test("Gotify gets its key as a header", async () => {
  const { url, requests } = await receiver();
  await send({ kind: "gotify", server: `${url}/base`, token: "A.key" });
  expect(requests[0]).toMatchObject({ url: "/base/message", headers: { "x-gotify-key": "A.key" } });
  expect(requests[0]?.body).toMatchObject({ title: "shop: deployment #42 failed", priority: 8 });
});

test("a webhook is signed so that the library of its receiver accepts it, with the same id at each attempt", async () => {
  const { url, requests } = await receiver();
  for (let n = 0; n < 2; n++) await send({ kind: "webhook", url, secret: SECRET });
  for (const { text, headers } of requests) {
    const read = new Webhook(SECRET).verify(text, headers as Record<string, string>);
    expect(read).toMatchObject({ type: "deployment-failed", data: { title: "shop: deployment #42 failed" } });
    expect(headers["webhook-id"]).toBe(aMessage().id);
  }
  expect(requests).toHaveLength(2);
});

const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const EMAIL = { kind: "email", host: "127.0.0.1", security: "none", from: "landfall@example.com", to: [] } as const;

test("email arrives at the receiver's address, in both forms and their language", async () => {
  const mail = await aMailServer();
  open.push(mail);
  const message = aMessage({ locale: "ar", title: "فشل النشر" });
  const answer = await send({ ...EMAIL, to: [], port: mail.port }, { message });
  expect(answer.problem).toBeNull();
  expect(mail.mails).toHaveLength(1);
  const [{ to, text } = { to: [], text: "" }] = mail.mails;
  expect(to).toEqual(["ana@example.com"]);
  expect(text).toContain(`Message-ID: <${message.id}@landfall>`);
  expect(text).toContain("Auto-Submitted: auto-generated");
  expect(text).toMatch(/Subject: =\?UTF-8\?/);
  expect(text).toMatch(/lang=3D"ar" dir=3D"rtl"|text\/html/);
});

test("no text of a message becomes a header, a receiver, a tag or a line that is too long for SMTP", async () => {
  const mail = await aMailServer();
  open.push(mail);
  const title = "shop\r\nBcc: evil@example.com\r\n\r\n<b>";
  const message = aMessage({ title, sentences: ["<img src=x>", "z".repeat(5_000)] });
  expect((await send({ ...EMAIL, to: [], port: mail.port }, { message })).problem).toBeNull();
  const [{ to, text } = { to: [], text: "" }] = mail.mails;
  expect(to).toEqual(["ana@example.com"]);
  expect(text.split("\r\n\r\n")[0]).not.toMatch(/^Bcc:/m);
  expect(text.split("text/html")[1]).not.toMatch(/<img|<b>/);
  expect(Math.max(...text.split("\r\n").map((line) => line.length))).toBeLessThan(998);
});

test("email with STARTTLS is not sent to a server without it, and a refusal is told with its answer", async () => {
  const plain = await aMailServer();
  const refusing = await aMailServer({
    onRcptTo: (_address, _session, done) => done(Object.assign(new Error("no such mailbox"), { responseCode: 550 })),
  });
  open.push(plain, refusing);
  const unsafe = await send({ ...EMAIL, to: [], port: plain.port, security: "starttls" });
  expect([unsafe.problem?.code, plain.mails]).toEqual(["channel-refused", []]);
  const refused = await send({ ...EMAIL, to: ["who@example.com"], port: refusing.port });
  expect(refused).toMatchObject({ problem: { code: "channel-refused" }, answer: expect.stringContaining("550") });
});

test("what is answered is kept without the channel's secrets, and a redirect is not followed", async () => {
  const { url, requests, answer } = await receiver();
  Object.assign(answer, {
    status: 302,
    headers: { location: `${url}/elsewhere` },
    text: "the key A.secret-key-1 is wrong",
  });
  const told = await send({ kind: "gotify", server: url, token: "A.secret-key-1" });
  expect(told).toMatchObject({ problem: { code: "channel-refused", params: { status: 302 } } });
  expect(told.answer).toBe("the key ******** is wrong");
  expect(requests).toHaveLength(1);
});

const ownAddress = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .find(({ family, internal }) => family === "IPv4" && !internal)?.address;

test.each([
  ["this machine", "http://127.0.0.2:9", "console", true],
  ["this machine by its number", "https://2130706434", "console", true],
  ["this machine by its name", "https://localhost", "console", true],
  ["this machine within IPv6", "https://[::ffff:127.0.0.2]", "console", true],
  ["this machine by its address in a network", `http://${ownAddress ?? "127.0.0.2"}:9`, "console", true],
  ["a private network", "https://10.0.0.1", "private", false],
  ["a private network in IPv6", "https://[fd00::1]", "private", false],
  ["the metadata of a cloud", "http://169.254.169.254", "private", true],
  ["the metadata of a cloud in IPv6", "http://[fd00:ec2::254]", "private", true],
])("%s is not reached", async (_what, server, reason, isAdministrator) => {
  const refused = { code: "channel-address-refused", params: { reason } };
  expect((await send({ kind: "gotify", server, token: "A.key" }, { isAdministrator })).problem).toMatchObject(refused);
  const host = new URL(server).hostname.replace(/^\[|\]$/g, "");
  const mail = await send({ ...EMAIL, to: [], host, port: 587 }, { isAdministrator });
  expect(mail.problem).toMatchObject(refused);
});

test("a server that is named by LANDFALL_NOTIFICATION_HOSTS is reached by a member's channel too", async () => {
  const { url, requests } = await receiver();
  expect((await send({ kind: "webhook", url, secret: SECRET }, { isAdministrator: false })).problem).toBeNull();
  expect(requests).toHaveLength(1);
});

test("no secret crosses a public network in the clear, and members send mail as mail programs do", async () => {
  const clear = await send({ kind: "ntfy", server: "http://192.0.2.1", topic: "ops" });
  expect(clear.problem).toMatchObject({ code: "channel-address-refused", params: { reason: "plain" } });
  const relay = await send(
    { ...EMAIL, to: [], host: "192.0.2.1", port: 25, security: "starttls" },
    { isAdministrator: false },
  );
  expect(relay.problem).toMatchObject({ code: "channel-address-refused", params: { reason: "port" } });
});
