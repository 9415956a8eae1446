import { randomInt } from "node:crypto";
import { Problem } from "@/lib/contracts/problem";
import { type Actor, SYSTEM } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { db, transaction } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";
import { hashPassword } from "@/lib/platform/secrets/password-hash";
import { refuseCommonPassword } from "./passwords";

const FALLBACK_EMAIL = "admin@landfall.local";
/** Without letters and digits that look alike, because a person may have to type it. */
const ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789";

export interface FirstAdmin {
  actor: Actor;
  email: string;
  made: boolean;
  /** Set only when it was generated now: it cannot be read later. */
  password: string | null;
}

/**
 * Creates an administrator if none is active, from LANDFALL_ADMIN_EMAIL and LANDFALL_ADMIN_PASSWORD if set. While there
 * is one, a start changes nothing, whatever these variables are.
 */
export async function ensureAdmin(): Promise<FirstAdmin> {
  return (await findAdmin()) ?? (await makeAdmin());
}

async function findAdmin(): Promise<FirstAdmin | null> {
  const user = await db.user.findFirst({ where: { role: "admin", disabledAt: null }, orderBy: { id: "asc" } });
  return (
    user && { actor: { id: user.id, name: user.name, role: "admin" }, email: user.email, made: false, password: null }
  );
}

async function makeAdmin(): Promise<FirstAdmin> {
  const email = (env.LANDFALL_ADMIN_EMAIL ?? FALLBACK_EMAIL).toLowerCase();
  const password = env.LANDFALL_ADMIN_PASSWORD?.reveal() ?? randomPassword();
  if (env.LANDFALL_ADMIN_PASSWORD) await refuseCommonPassword(password, [email]).catch(asCannotStart);
  const passwordHash = await hashPassword(password);
  const row = { email, name: email.split("@")[0] ?? email, role: "admin", passwordHash };
  const made = await transaction(async (tx) => {
    const [user] = await tx.user.createManyAndReturn({ data: row, skipDuplicates: true });
    if (user)
      await audit(tx, SYSTEM, "user.create", { type: "user", id: user.id, name: user.name }, { email, role: "admin" });
    return user;
  });
  if (made === undefined) return (await findAdmin()) ?? Promise.reject(emailInUse(email));
  return {
    actor: { id: made.id, name: made.name, role: "admin" },
    email,
    made: true,
    password: env.LANDFALL_ADMIN_PASSWORD ? null : password,
  };
}

function asCannotStart(cause: unknown): never {
  throw new Problem("cannot-start", {
    cause,
    detail:
      "LANDFALL_ADMIN_PASSWORD is easy to guess: choose another one, or leave it out to have one made and printed.",
  });
}

function emailInUse(email: string): Problem {
  return new Problem("cannot-start", {
    detail: `No administrator can sign in, and ${email} belongs to another user: name another address with LANDFALL_ADMIN_EMAIL.`,
  });
}

/** 99 random bits in four groups. */
function randomPassword(): string {
  const group = () => Array.from({ length: 5 }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
  return [group(), group(), group(), group()].join("-");
}
