import { randomBytes, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { extract, pack } from "tar-stream";
import { makeToken } from "@/lib/domain/tokens/make-token";
import { aPerson, aService } from "@/lib/engine/test-service";
import { db, transaction } from "@/lib/platform/db/client";
import { seal } from "@/lib/platform/secrets/seal";
import { Secret, secretsOf } from "@/lib/platform/secrets/secret";
import { insertEnvironment } from "@/lib/services/environment-store";
import { storeNewKey, storeToken } from "@/lib/sources/git/git-access";
import { targetPlace } from "@/lib/targets/kind";

export const SECRET_VALUE = "s3cret ↵ value\n\\N";

/** A database with an example of all archived data, including awkward values. */
export async function anInstallation() {
  const person = await aPerson("admin", "Ana\t\\. é");
  const { token, prefix, hash } = makeToken();
  await db.apiToken.create({ data: { userId: person.id, name: "ci", prefix, hash, role: "admin" } });
  const service = await aService(person, { name: "kept", settings: { text: "line\nline\ttab \\ back" } });
  const server = { transport: "https", host: "git.example.com", port: 443, user: null, path: "acme/shop" } as const;
  await transaction(async (tx) => {
    await insertEnvironment(tx, service.id, secretsOf({ A: SECRET_VALUE }), person);
    await storeToken(tx, service.id, server, { user: "deploy", secret: new Secret(SECRET_VALUE) });
    await storeNewKey(tx, service.id, "landfall kept");
  });
  const id = randomUUID();
  const sealedSecrets = seal(secretsOf({ key: SECRET_VALUE }), targetPlace(id));
  await db.target.create({ data: { id, name: "web-1", kind: "ssh", settings: { host: "10.0.0.1" }, sealedSecrets } });
  const deployment = await db.deployment.create({
    data: {
      ...{ serviceId: service.id, targetId: service.targetId, number: 1, kind: "deploy", state: "queued" },
      ...{ driver: "process", spec: {}, trigger: "test", requestedById: person.id },
    },
  });
  await db.phase.create({ data: { deploymentId: deployment.id, position: 0, key: "validation" } });
  for (let number = 1; number <= 50; number++) {
    const lines = [[number, "stdout", `line ${number} \\n "quoted" \u001b[31mred`]];
    await db.logChunk.create({
      data: { deploymentId: deployment.id, number, firstLine: number, lineCount: 1, lines },
    });
  }
  const upload = await db.upload.create({ data: { ownerId: person.id, fileName: "app.zip", bytes: 300_000 } });
  await db.uploadChunk.create({ data: { uploadId: upload.id, position: 0, data: randomBytes(300_000) } });
  await db.auditEvent.create({ data: { actorName: "Ana", action: "test", subjectType: "service" } });
  return { person, service, deployment, token };
}

/** An archive's entries, in order. */
export type Entries = [name: string, content: Buffer][];

export async function unpackAll(file: string): Promise<Entries> {
  const parser = extract();
  const flow = pipeline(createReadStream(file), createGunzip(), parser as unknown as Writable);
  const entries: Entries = [];
  for await (const entry of parser) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of entry as AsyncIterable<Uint8Array>) chunks.push(chunk);
    entries.push([entry.header.name, Buffer.concat(chunks)]);
  }
  await flow;
  return entries;
}

/** Packs a complete archive whose content the test chooses. */
export async function packAll(file: string, entries: Entries): Promise<string> {
  const tar = pack();
  for (const [name, content] of entries) tar.entry({ name }, content);
  tar.finalize();
  await pipeline(tar as AsyncIterable<Buffer>, createGzip(), createWriteStream(file));
  return file;
}
