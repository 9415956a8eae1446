/*
 * Passkeys: signatures of a browser's authenticator. A challenge is a row that is deleted when it is answered, so that
 * each answer counts once. The library is loaded on first use: most processes never need it.
 */
import * as z from "zod";
import { Problem } from "@/lib/contracts/problem";
import type { Actor, PasskeyView } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { db, type Prisma, transaction } from "@/lib/platform/db/client";
import { afterLostFactor, afterNewFactor, ownId, subjectOf } from "./second-factor";

const CHALLENGE_MS = 5 * 60_000;
const MOST_PASSKEYS = 20;

/** The relying party of a passkey: the console's host name, and its addresses. */
export interface RelyingParty {
  id: string;
  origins: [string, ...string[]];
}

const library = () => import("@simplewebauthn/server");
type Registration = Parameters<Awaited<ReturnType<typeof library>>["verifyRegistrationResponse"]>[0]["response"];
type Assertion = Parameters<Awaited<ReturnType<typeof library>>["verifyAuthenticationResponse"]>[0]["response"];

/** The fields that are read here; the library checks the rest. */
const Answer = z.looseObject({
  id: z.string().max(1_024),
  rawId: z.string().max(1_024),
  type: z.literal("public-key"),
  response: z.looseObject({ clientDataJSON: z.string().max(16_384) }),
});
const ClientData = z.looseObject({ challenge: z.string().max(256) });

/** The options of navigator.credentials.create(). */
export async function offerPasskey(actor: Actor, party: RelyingParty) {
  const userId = ownId(actor);
  const { generateRegistrationOptions } = await library();
  const user = await db.user.findUniqueOrThrow({ where: { id: userId }, include: { passkeys: true } });
  if (user.passkeys.length >= MOST_PASSKEYS) throw new Problem("second-factor-exists");
  const options = await generateRegistrationOptions({
    rpName: "Landfall",
    rpID: party.id,
    userName: user.email,
    userDisplayName: user.name,
    userID: new TextEncoder().encode(userId),
    excludeCredentials: user.passkeys.map(({ credentialId, transports }) => ({ id: credentialId, transports })),
    authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
  });
  await keepChallenge(options.challenge, userId);
  return options;
}

/** Throws `second-factor-wrong` for an invalid answer. Recovery codes come with the first factor. */
export async function addPasskey(
  { name, answer }: { name: string; answer: unknown },
  actor: Actor,
  party: RelyingParty,
): Promise<{ recoveryCodes: string[] }> {
  const userId = ownId(actor);
  const { response, challenge } = readAnswer(answer);
  await spendChallenge(challenge, userId);
  const { verifyRegistrationResponse } = await library();
  const { registrationInfo } = await verifyRegistrationResponse({
    response: response as unknown as Registration,
    expectedChallenge: challenge,
    expectedOrigin: party.origins,
    expectedRPID: party.id,
  }).catch(wrong);
  if (!registrationInfo) throw new Problem("second-factor-wrong");
  const { credential } = registrationInfo;
  return transaction(async (tx) => {
    const [made] = await tx.passkey.createManyAndReturn({
      data: {
        userId,
        name,
        credentialId: credential.id,
        publicKey: credential.publicKey,
        counter: credential.counter,
        transports: credential.transports ?? [],
      },
      skipDuplicates: true,
    });
    if (!made) throw new Problem("second-factor-exists");
    await audit(tx, actor, "user.change", await subjectOf(tx, userId), { changed: ["passkeys"], added: name });
    return afterNewFactor(tx, actor);
  });
}

export async function removePasskey(id: string, actor: Actor): Promise<void> {
  const userId = ownId(actor);
  await transaction(async (tx) => {
    const found = await tx.passkey.findFirst({ where: { id, userId } });
    if (!found) throw new Problem("not-found");
    await tx.passkey.delete({ where: { id } });
    await audit(tx, actor, "user.change", await subjectOf(tx, userId), { changed: ["passkeys"], removed: found.name });
    await afterLostFactor(tx, userId);
  });
}

/** The options of navigator.credentials.get(). They list no credential: that would tell strangers who has one. */
export async function askForPasskey(party: RelyingParty) {
  const { generateAuthenticationOptions } = await library();
  const options = await generateAuthenticationOptions({ rpID: party.id, userVerification: "required" });
  await keepChallenge(options.challenge, null);
  return options;
}

/**
 * The user of the passkey, which must be `userId` if given. Throws `sign-in-failed`, or `second-factor-wrong` if the
 * person is known.
 */
export async function acceptPasskey(sent: string, party: RelyingParty, userId?: string) {
  try {
    return await verified(sent, party, userId);
  } catch (error) {
    if (!(error instanceof Problem) || userId !== undefined) throw error;
    throw new Problem("sign-in-failed", { cause: error });
  }
}

async function verified(sent: string, party: RelyingParty, userId: string | undefined) {
  const { response, challenge } = readAnswer(sent);
  await spendChallenge(challenge, null);
  const passkey = await db.passkey.findUnique({ where: { credentialId: response.id }, include: { user: true } });
  if (!passkey || passkey.user.disabledAt || (userId !== undefined && passkey.userId !== userId)) return wrong();
  const { verifyAuthenticationResponse } = await library();
  const { verified: isVerified, authenticationInfo } = await verifyAuthenticationResponse({
    response: response as unknown as Assertion,
    expectedChallenge: challenge,
    expectedOrigin: party.origins,
    expectedRPID: party.id,
    credential: {
      id: passkey.credentialId,
      publicKey: new Uint8Array(passkey.publicKey),
      counter: Number(passkey.counter),
    },
  }).catch(wrong);
  if (!isVerified) return wrong();
  const data = { counter: authenticationInfo.newCounter, lastUsedAt: new Date() };
  await db.passkey.update({ where: { id: passkey.id }, data });
  return passkey.user;
}

export function toPasskeyView(row: Prisma.PasskeyGetPayload<object>): PasskeyView {
  const { id, name, createdAt, lastUsedAt } = row;
  return { id, name, createdAt: createdAt.toISOString(), lastUsedAt: lastUsedAt?.toISOString() ?? null };
}

function readAnswer(sent: unknown) {
  try {
    const response = Answer.parse(typeof sent === "string" ? JSON.parse(sent) : sent);
    const clientData = Buffer.from(response.response.clientDataJSON, "base64url").toString("utf8");
    return { response, challenge: ClientData.parse(JSON.parse(clientData)).challenge };
  } catch (error) {
    return wrong(error);
  }
}

async function keepChallenge(challenge: string, userId: string | null): Promise<void> {
  const now = Date.now();
  await db.passkeyChallenge.deleteMany({ where: { expiresAt: { lte: new Date(now) } } });
  await db.passkeyChallenge.create({ data: { challenge, userId, expiresAt: new Date(now + CHALLENGE_MS) } });
}

async function spendChallenge(challenge: string, userId: string | null): Promise<void> {
  const { count } = await db.passkeyChallenge.deleteMany({
    where: { challenge, userId, expiresAt: { gt: new Date() } },
  });
  if (count === 0) wrong();
}

function wrong(cause?: unknown): never {
  throw new Problem("second-factor-wrong", { cause });
}
