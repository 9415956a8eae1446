import { type PublicKeyCredentialRequestOptionsJSON, startAuthentication } from "@simplewebauthn/browser";

/** What a sign-in sends as `passkey`; undefined where the person thought better of it, or none fits. */
export async function askForPasskey(): Promise<string | undefined> {
  try {
    const answer = await fetch("/api/sign-in/passkey-options", { method: "POST" });
    if (!answer.ok) return undefined;
    const optionsJSON = (await answer.json()) as PublicKeyCredentialRequestOptionsJSON;
    return JSON.stringify(await startAuthentication({ optionsJSON }));
  } catch {
    return undefined; // browsers give no reason: a page must learn nothing about a person's passkeys
  }
}
