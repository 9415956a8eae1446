import { Secret, TOTP } from "otpauth";
import { beforeEach, expect, test } from "vitest";
import type { Actor } from "@/lib/contracts/user";
import { db } from "@/lib/platform/db/client";
import { getOwnSecurity } from "./own-account";
import { acceptPasskey, addPasskey, askForPasskey, offerPasskey, type RelyingParty } from "./passkeys";
import { confirmTotp, offerTotp, proveSecondFactor, removeTotp, renewRecoveryCodes } from "./second-factor";
import { aSession, aUser } from "./test-people";
import { changeUser } from "./user-commands";

const PARTY: RelyingParty = { id: "localhost", origins: ["http://localhost:3000"] };
const WRONG = { code: "second-factor-wrong" };
const STEP_MS = 30_000;
const codeOf = (secret: string, timestamp = Date.now()) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp });

let person: Actor & { id: string };
beforeEach(async () => {
  const { id, name } = await aUser("member");
  person = { id, name, role: "member", sessionId: await aSession(id) };
});

async function withTotp() {
  const { secret } = await offerTotp(person);
  const { recoveryCodes } = await confirmTotp(codeOf(secret), person);
  return { secret, recoveryCodes };
}

test("an authenticator app counts from its first right code on, and this session has proven it", async () => {
  const { secret, address } = await offerTotp(person);
  expect(address).toMatch(/^otpauth:\/\/totp\/Landfall:person\d+(%40|@)example\.com\?/);
  expect(new URL(address).searchParams.get("secret")).toBe(secret);
  await expect(confirmTotp("000000", person)).rejects.toMatchObject({ ...WRONG, fields: [{ path: ["code"] }] });
  await expect(proveSecondFactor(person.id, codeOf(secret))).rejects.toMatchObject(WRONG);
  expect((await getOwnSecurity(person)).totp).toBe(false);
  const { recoveryCodes } = await confirmTotp(codeOf(secret), person);
  expect(recoveryCodes).toHaveLength(10);
  expect(await getOwnSecurity(person)).toMatchObject({ totp: true, recoveryCodes: 10 });
  expect((await db.session.findUniqueOrThrow({ where: { id: person.sessionId } })).strong).toBe(true);
  await expect(offerTotp(person)).rejects.toMatchObject({ code: "second-factor-exists" });
  expect(JSON.stringify(await db.totp.findMany())).not.toContain(secret);
});

test("a code works once, a moment early or late, and no longer", async () => {
  const { secret } = await withTotp();
  await expect(proveSecondFactor(person.id, codeOf(secret))).rejects.toMatchObject(WRONG);
  const next = codeOf(secret, Date.now() + STEP_MS);
  const both = await Promise.allSettled([proveSecondFactor(person.id, next), proveSecondFactor(person.id, next)]);
  expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  await expect(proveSecondFactor(person.id, codeOf(secret, Date.now() + 3 * STEP_MS))).rejects.toMatchObject(WRONG);
});

test("a recovery code works once, however it is typed", async () => {
  const [code = "", other = ""] = (await withTotp()).recoveryCodes;
  expect(code).toMatch(/^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/);
  await proveSecondFactor(person.id, ` ${code.toUpperCase().replaceAll("-", " ")}`);
  await expect(proveSecondFactor(person.id, code)).rejects.toMatchObject(WRONG);
  const both = await Promise.allSettled([proveSecondFactor(person.id, other), proveSecondFactor(person.id, other)]);
  expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  const renewed = await renewRecoveryCodes(person);
  expect(renewed.recoveryCodes).toHaveLength(10);
  await expect(proveSecondFactor(person.id, other)).rejects.toMatchObject(WRONG);
});

test("recovery codes go with the last factor; an administrator removes all of it for whoever lost it", async () => {
  await withTotp();
  await removeTotp(person);
  expect(await getOwnSecurity(person)).toMatchObject({ totp: false, recoveryCodes: 0 });
  await expect(renewRecoveryCodes(person)).rejects.toMatchObject({ code: "not-found" });

  await withTotp();
  const admin: Actor = { ...(await aUser("admin")), role: "admin" };
  expect((await changeUser(person.id, { secondFactorRequired: true }, admin)).secondFactor).toBe(true);
  const reset = await changeUser(person.id, { resetSecondFactor: true }, admin);
  expect(reset).toMatchObject({ secondFactor: false, secondFactorRequired: true });
  expect(await db.session.count({ where: { userId: person.id } })).toBe(0);
  const changes = await db.auditEvent.findMany({ where: { actorId: admin.id ?? "" }, orderBy: { id: "asc" } });
  expect(changes.map(({ details }) => details)).toEqual([
    { changed: ["secondFactorRequired"] },
    { changed: ["secondFactor"] },
  ]);
});

test("a token sets up no second factor", async () => {
  const token: Actor = { ...person, tokenId: "token" };
  await expect(offerTotp(token)).rejects.toMatchObject({ code: "forbidden" });
  await expect(offerPasskey(token, PARTY)).rejects.toMatchObject({ code: "forbidden" });
});

/** What a browser would send, except for the signature. */
const answerTo = (challenge: string, id = "AAAA") => {
  const clientData = { type: "webauthn.get", challenge, origin: PARTY.origins[0] };
  const clientDataJSON = Buffer.from(JSON.stringify(clientData)).toString("base64url");
  const response = { clientDataJSON, attestationObject: "AAAA", authenticatorData: "AAAA", signature: "AAAA" };
  return { id, rawId: id, type: "public-key", clientExtensionResults: {}, response };
};

test("a passkey's answer that proves nothing is refused, whatever it is", async () => {
  await db.passkey.create({
    data: { userId: person.id, name: "key", credentialId: "AAAA", publicKey: new Uint8Array([1]), counter: 0 },
  });
  const asked = await askForPasskey(PARTY);
  expect(asked).toMatchObject({ rpId: "localhost", userVerification: "required" });
  const wrong = [
    "",
    "{",
    "null",
    "[]",
    '{"id":1}',
    JSON.stringify(answerTo("unknown")),
    JSON.stringify(answerTo(asked.challenge)),
    JSON.stringify(answerTo(asked.challenge)),
  ];
  for (const sent of wrong) {
    await expect(acceptPasskey(sent, PARTY), sent).rejects.toMatchObject({ code: "sign-in-failed" });
    await expect(acceptPasskey(sent, PARTY, person.id), sent).rejects.toMatchObject(WRONG);
  }
  const offered = await offerPasskey(person, PARTY);
  expect(offered.excludeCredentials).toMatchObject([{ id: "AAAA" }]);
  for (const answer of [answerTo("unknown"), answerTo(offered.challenge), {}, { id: "x" }])
    await expect(addPasskey({ name: "n", answer }, person, PARTY)).rejects.toMatchObject(WRONG);
  expect(await db.passkey.count({ where: { userId: person.id } })).toBe(1);
});
