/*
 * The proof beside the password: an authenticator app's code (TOTP), a passkey (passkeys.ts), or one of the recovery
 * codes that come with the first of these. A code works once.
 */
import { createHash, randomInt } from "node:crypto";
import type { TOTP } from "otpauth";
import { v7 as uuidv7 } from "uuid";
import { authorize } from "@/lib/contracts/authorize";
import { fieldProblem, Problem } from "@/lib/contracts/problem";
import type { Actor, TotpOffer } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { db, type Tx, transaction } from "@/lib/platform/db/client";
import { type Place, seal, unseal } from "@/lib/platform/secrets/seal";
import { Secret as Hidden } from "@/lib/platform/secrets/secret";

const PERIOD_S = 30;
/** Time steps before and after the current one that are accepted too, because phones' clocks differ. */
const WINDOW = 1;
const RECOVERY_CODES = 10;
/** Without letters and digits that look alike: 16 of them have 79 random bits. */
const ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789";

export async function hasSecondFactor(userId: string, tx: Tx = db): Promise<boolean> {
  const [apps, passkeys] = await Promise.all([
    tx.totp.count({ where: { userId, confirmedAt: { not: null } } }),
    tx.passkey.count({ where: { userId } }),
  ]);
  return apps + passkeys > 0;
}

/** Throws `second-factor-wrong` for a code that is neither the app's current one nor an unused recovery code. */
export async function proveSecondFactor(userId: string, code: string): Promise<void> {
  const plain = code.toLowerCase().replaceAll(/[\s-]/g, "");
  const isRight = /^\d{6}$/.test(plain) ? await acceptTotp(userId, plain) : await acceptRecoveryCode(userId, plain);
  if (!isRight) throw new Problem("second-factor-wrong");
}

/** A new secret for an authenticator app, which replaces an unconfirmed one. */
export async function offerTotp(actor: Actor): Promise<TotpOffer> {
  const userId = ownId(actor);
  const { Secret } = await import("otpauth");
  const secret = new Secret({ size: 20 });
  const { email } = await db.user.findUniqueOrThrow({ where: { id: userId }, select: { email: true } });
  const known = await db.totp.findUnique({ where: { userId } });
  if (known?.confirmedAt) throw new Problem("second-factor-exists");
  const id = known?.id ?? uuidv7();
  const sealedSecret = seal(new Hidden(secret.base32), totpPlace(id));
  await db.totp.upsert({ where: { userId }, create: { id, userId, sealedSecret }, update: { id, sealedSecret } });
  const totp = await totpOf(secret.base32, email);
  return { secret: secret.base32, address: totp.toString() };
}

/** The offered secret is active from the first correct code on. Returns recovery codes if this is the first factor. */
export async function confirmTotp(code: string, actor: Actor): Promise<{ recoveryCodes: string[] }> {
  const userId = ownId(actor);
  const row = await db.totp.findUnique({ where: { userId } });
  if (!row || row.confirmedAt) throw new Problem("not-found");
  const step = await stepOf(unseal<Hidden>(row.sealedSecret, totpPlace(row.id)), code.replaceAll(/\s/g, ""));
  if (step === null) throw fieldProblem(["code"], "second-factor-wrong");
  return transaction(async (tx) => {
    await tx.totp.update({ where: { userId }, data: { confirmedAt: new Date(), lastStep: step } });
    await audit(tx, actor, "user.change", await subjectOf(tx, userId), { changed: ["totp"] });
    return afterNewFactor(tx, actor);
  });
}

export async function removeTotp(actor: Actor): Promise<void> {
  const userId = ownId(actor);
  await transaction(async (tx) => {
    const { count } = await tx.totp.deleteMany({ where: { userId } });
    if (count > 0) await audit(tx, actor, "user.change", await subjectOf(tx, userId), { changed: ["totp"] });
    await afterLostFactor(tx, userId);
  });
}

/** Creates new recovery codes; the previous ones stop working. */
export async function renewRecoveryCodes(actor: Actor): Promise<{ recoveryCodes: string[] }> {
  const userId = ownId(actor);
  return transaction(async (tx) => {
    if (!(await hasSecondFactor(userId, tx))) throw new Problem("not-found");
    await audit(tx, actor, "user.change", await subjectOf(tx, userId), { changed: ["recoveryCodes"] });
    return { recoveryCodes: await writeRecoveryCodes(tx, userId) };
  });
}

/** The session that set up a factor has proven it. Recovery codes come with the first factor. */
export async function afterNewFactor(tx: Tx, actor: Actor): Promise<{ recoveryCodes: string[] }> {
  const userId = ownId(actor);
  await tx.session.updateMany({ where: { id: actor.sessionId ?? "", userId }, data: { strong: true } });
  const { recoveryHashes } = await tx.user.findUniqueOrThrow({ where: { id: userId } });
  return { recoveryCodes: recoveryHashes.length === 0 ? await writeRecoveryCodes(tx, userId) : [] };
}

/** Recovery codes replace a factor, so they are removed with the last one. */
export async function afterLostFactor(tx: Tx, userId: string): Promise<void> {
  if (!(await hasSecondFactor(userId, tx)))
    await tx.user.update({ where: { id: userId }, data: { recoveryHashes: [] } });
}

/** Removes every second factor, for a person who lost it. */
export async function removeSecondFactors(tx: Tx, userId: string): Promise<void> {
  await tx.totp.deleteMany({ where: { userId } });
  await tx.passkey.deleteMany({ where: { userId } });
  await tx.user.update({ where: { id: userId }, data: { recoveryHashes: [] } });
}

async function writeRecoveryCodes(tx: Tx, userId: string): Promise<string[]> {
  const group = () => Array.from({ length: 4 }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
  const codes = Array.from({ length: RECOVERY_CODES }, () => [group(), group(), group(), group()].join("-"));
  const recoveryHashes = codes.map((code) => recoveryHash(code.replaceAll("-", "")));
  await tx.user.update({ where: { id: userId }, data: { recoveryHashes } });
  return codes;
}

/** One statement decides, so that of two concurrent uses of a code one is refused. */
async function acceptRecoveryCode(userId: string, plain: string): Promise<boolean> {
  const hash = recoveryHash(plain);
  const used = await db.$executeRaw`
    UPDATE "user" SET recovery_hashes = array_remove(recovery_hashes, ${hash})
    WHERE id = ${userId}::uuid AND ${hash} = ANY (recovery_hashes)`;
  return used === 1;
}

async function acceptTotp(userId: string, code: string): Promise<boolean> {
  const row = await db.totp.findUnique({ where: { userId } });
  if (!row?.confirmedAt) return false;
  const step = await stepOf(unseal<Hidden>(row.sealedSecret, totpPlace(row.id)), code);
  if (step === null) return false;
  const { count } = await db.totp.updateMany({ where: { userId, lastStep: { lt: step } }, data: { lastStep: step } });
  return count === 1;
}

/** The time step of a code; null for a code that is not valid now. */
async function stepOf(secret: Hidden, code: string): Promise<number | null> {
  const totp = await totpOf(secret.reveal(), "");
  const now = Date.now();
  const delta = totp.validate({ token: code, timestamp: now, window: WINDOW });
  return delta === null ? null : Math.floor(now / 1_000 / PERIOD_S) + delta;
}

function totpPlace(id: string): Place {
  return { table: "totp", column: "sealed_secret", id };
}

async function totpOf(base32: string, label: string): Promise<TOTP> {
  const { Secret, TOTP } = await import("otpauth");
  return new TOTP({ issuer: "Landfall", label, period: PERIOD_S, digits: 6, secret: Secret.fromBase32(base32) });
}

function recoveryHash(plain: string): string {
  return createHash("sha256").update(plain).digest("hex");
}

/** A second factor is set up only in a browser where the person is signed in, never with a token. */
export function ownId(actor: Actor): string {
  authorize(actor, "account:secure", { ownerId: actor.id });
  if (actor.id === null) throw new Problem("forbidden");
  return actor.id;
}

export async function subjectOf(tx: Tx, userId: string) {
  const { name } = await tx.user.findUniqueOrThrow({ where: { id: userId }, select: { name: true } });
  return { type: "user", id: userId, name };
}
