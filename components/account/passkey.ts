import { type PublicKeyCredentialRequestOptionsJSON, startAuthentication } from "@simplewebauthn/browser";

/** The value that a sign-in sends as `passkey`; undefined when the person cancelled or no passkey fits. */
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
