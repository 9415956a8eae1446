import { randomBytes, randomUUID } from "node:crypto";
import { makeToken } from "@/lib/domain/tokens/make-token";
import { aPerson, aService } from "@/lib/engine/test-service";
import { db, transaction } from "@/lib/platform/db/client";
import { seal } from "@/lib/platform/secrets/seal";
import { secretsOf } from "@/lib/platform/secrets/secret";
import { insertEnvironment } from "@/lib/services/environment-store";
import { targetPlace } from "@/lib/targets/ssh-target";

export const SECRET_VALUE = "s3cret ↵ value\n\\N";

/** A database with something of everything that has to come back, awkward values among it. */
export async function anInstallation() {
  const person = await aPerson("admin", "Ana\t\\. é");
  const { token, prefix, hash } = makeToken();
  await db.apiToken.create({ data: { userId: person.id, name: "ci", prefix, hash, role: "admin" } });
  const service = await aService(person, { name: "kept", settings: { text: "line\nline\ttab \\ back" } });
  await transaction((tx) => insertEnvironment(tx, service.id, secretsOf({ A: SECRET_VALUE }), person));
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
