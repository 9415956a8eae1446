import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { fileOf } from "./multipart";

const KILOBYTE = "k".repeat(1_024);

function requestWith(parts: Record<string, string | File>): Request {
  const form = new FormData();
  for (const [name, value] of Object.entries(parts)) form.append(name, value);
  return new Request("http://localhost/", { method: "POST", body: form });
}
const aFile = (content: string, name = "shop.tar.gz") => new File([content], name);
async function textOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of content) parts.push(part);
  return Buffer.concat(parts).toString();
}

/** Sends it as a network does, in pieces and perhaps not completely. */
async function sentAs(request: Request, { cutAt = Number.POSITIVE_INFINITY, fails = false, pieceBytes = 700 } = {}) {
  const body = Buffer.from(await request.arrayBuffer());
  let at = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= Math.min(cutAt, body.length)) return fails ? controller.error(new Error("reset")) : controller.close();
      controller.enqueue(new Uint8Array(body.subarray(at, Math.min(at + pieceBytes, cutAt))));
      at += pieceBytes;
    },
  });
  return new Request(request.url, {
    method: "POST",
    headers: request.headers,
    body: stream,
    duplex: "half",
  } as RequestInit);
}

test("a file arrives as it was sent, whatever else is in the form", async () => {
  const content = KILOBYTE.repeat(200);
  const request = await sentAs(requestWith({ note: "before", file: aFile(content), after: "after" }));
  const file = await fileOf(request, "file");
  expect(file.fileName).toBe("shop.tar.gz");
  expect(await textOf(file.content)).toBe(content);
});

test.each(["مشروع.zip", "日本 😀.tgz", 'quo"te.zip', "../../etc/passwd"])("a file named %j", async (name) => {
  const file = await fileOf(requestWith({ file: aFile("x", name) }), "file");
  expect(await textOf(file.content)).toBe("x");
  expect(file.fileName).toBe(name === "../../etc/passwd" ? "passwd" : name.replace('"', "%22"));
});

test("an empty file is a file", async () => {
  const file = await fileOf(requestWith({ file: aFile("") }), "file");
  expect(await textOf(file.content)).toBe("");
});

test("what is read slowly is not kept in memory", async () => {
  let sent = 0;
  let hasEnded = false;
  const boundary = "frontier";
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n`;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (hasEnded) return controller.close();
      controller.enqueue(Buffer.from(sent === 0 ? head : KILOBYTE.repeat(64)));
      sent += 1;
    },
  });
  const headers = { "content-type": `multipart/form-data; boundary=${boundary}` };
  const request = new Request("http://localhost/", { method: "POST", headers, body, duplex: "half" } as RequestInit);
  const { content } = await fileOf(request, "file");
  let taken = 0;
  for await (const part of content) {
    taken += part.length;
    if (taken > 4_000_000) hasEnded = true;
    if (hasEnded) break;
  }
  expect(sent).toBeLessThan(4_000_000 / 65_536 + 40);
});

test("a form that breaks off is not whole", async () => {
  const whole = () => requestWith({ file: aFile(KILOBYTE.repeat(100)) });
  for (const options of [{ cutAt: 50_000 }, { cutAt: 50_000, fails: true }]) {
    const { content } = await fileOf(await sentAs(whole(), options), "file");
    await expect(textOf(content)).rejects.toMatchObject({ code: "malformed-form" });
  }
  for (const options of [{ cutAt: 20 }, { cutAt: 20, fails: true }])
    await expect(fileOf(await sentAs(whole(), options), "file")).rejects.toMatchObject({ code: "malformed-form" });
});

test("one that breaks off before anybody reads it, or after somebody stopped, harms nobody", async () => {
  const whole = requestWith({ file: aFile(KILOBYTE.repeat(100)) });
  const early = await fileOf(await sentAs(whole.clone(), { cutAt: 50_000, pieceBytes: 50_000 }), "file");
  await aFewTurns();
  await expect(textOf(early.content)).rejects.toMatchObject({ code: "malformed-form" });
  const late = await fileOf(await sentAs(whole.clone(), { cutAt: 90_000, fails: true }), "file");
  for await (const _ of late.content) break;
  const odd = '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nbody\r\n--x\r\n:bad\r\n\r\n';
  const headers = { "content-type": "multipart/form-data; boundary=x" };
  const malformed = await fileOf(new Request("http://localhost/", { method: "POST", headers, body: odd }), "file");
  expect(await textOf(malformed.content)).toBe("body");
  await aFewTurns();
});

/** Gives unhandled errors time to surface. */
async function aFewTurns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await setImmediate();
}

test("a form without the file names it", async () => {
  const forms: Record<string, string | File>[] = [{ other: aFile("x") }, { file: "text" }, { note: "only" }];
  for (const parts of forms)
    await expect(fileOf(requestWith(parts), "file")).rejects.toMatchObject({
      code: "invalid-request",
      fields: [{ path: ["file"], code: "required" }],
    });
});

test.each([
  ["application/json", "{}"],
  ["multipart/form-data", "no boundary"],
  ["", ""],
  ["multipart/form-data; boundary=x", "no parts"],
])("%j is no form", async (type, body) => {
  const request = new Request("http://localhost/", { method: "POST", headers: { "content-type": type }, body });
  await expect(fileOf(request, "file")).rejects.toMatchObject({ code: "malformed-form" });
});
