"use client";

import { type ComponentProps, type FormEvent, useId, useState } from "react";
import { signInWith, signInWithCredentials } from "@/components/account/session";
import { useIsInBrowser } from "@/components/ui/use-is-in-browser";
import { ownAddress } from "@/lib/contracts/own-address";
import { type SignInErrorKey, signInErrorKey } from "./sign-in-error-key";

type SignInWord =
  | ("email" | "password" | "submit" | "or" | "show" | "hide")
  | ("secondTitle" | "secondText" | "code" | "passkey" | "back");

interface Props {
  providers: readonly { id: string; label: string }[];
  /** The page that was requested before signing in. */
  next: string | undefined;
  /** The code that next-auth put into the address when a provider sent the person back. */
  error: string | undefined;
  words: Record<SignInWord, string>;
  errors: Record<SignInErrorKey, string>;
}

const inputStyle =
  "h-9 w-full rounded-md border border-line-strong bg-surface px-3 text-base transition-colors hover:border-faint max-sm:text-lg";
const buttonStyle =
  "h-10 rounded-md px-4 font-medium text-base transition-colors aria-disabled:pointer-events-none aria-disabled:opacity-50";
const otherStyle = `${buttonStyle} border border-line-strong bg-surface hover:bg-subtle`;

/** What a person has entered so far. The next step sends it again beside its own field. */
interface Known {
  email: string;
  password: string;
}

/**
 * Address and password first; the second factor, for people who have one, follows in the same place. Texts come from
 * the server, and no other component of the design is used: it would be larger than this whole form.
 */
export function SignInForm({ providers, next, error: initialError, words, errors }: Props) {
  const [error, setError] = useState(initialError);
  const [busy, setBusy] = useState(false);
  const [known, setKnown] = useState<Known>();
  const destination = () => ownAddress(next, window.location.origin);

  const send = async (credentials: Record<string, string>) => {
    setBusy(true);
    setError(undefined);
    const refusal = await signInWithCredentials(credentials);
    if (!refusal) return window.location.assign(destination());
    setBusy(false);
    const { email = "", password = "" } = credentials;
    if (refusal === "second-factor-required") setKnown({ email, password });
    else setError(refusal);
  };
  const sendPasskey = async () => {
    setBusy(true);
    setError(undefined);
    // Loaded on use: most people never need it here.
    const { askForPasskey } = await import("@/components/account/passkey");
    const passkey = await askForPasskey();
    if (passkey !== undefined) return send({ ...known, passkey });
    setBusy(false);
    setError("passkey-failed");
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    const fields = [...new FormData(event.currentTarget)].map(([name, value]) => [name, String(value)]);
    void send({ ...known, ...Object.fromEntries(fields) });
  };
  const forget = () => {
    setKnown(undefined);
    setError(undefined);
  };

  const hasPasskeys = useHasPasskeys();
  const passkey = hasPasskeys && (
    <button type="button" aria-disabled={busy || undefined} onClick={() => void sendPasskey()} className={otherStyle}>
      {words.passkey}
    </button>
  );
  return (
    <div className="flex flex-col gap-4">
      {error && (
        <p role="alert" className="rounded-md px-3 py-2.5 text-failed wash-failed">
          {errors[signInErrorKey(error)]}
        </p>
      )}
      {known && (
        <div>
          <h2 className="font-medium text-lg">{words.secondTitle}</h2>
          <p className="mt-0.5 text-muted">{words.secondText}</p>
        </div>
      )}
      <form
        key={known ? "second" : "first"}
        onSubmit={submit}
        className="flex flex-col gap-4"
        method="post"
        action="/sign-in"
      >
        {known ? (
          <Labelled label={words.code} name="code" autoComplete="one-time-code" />
        ) : (
          <>
            <Labelled label={words.email} name="email" type="email" autoComplete="username" />
            <Password words={words} />
          </>
        )}
        <button
          type="submit"
          aria-busy={busy || undefined}
          aria-disabled={busy || undefined}
          className={`${buttonStyle} bg-accent text-on-accent hover:bg-accent-hover`}
        >
          {words.submit}
        </button>
      </form>
      {known ? (
        <>
          {passkey}
          <button type="button" onClick={forget} className="self-start text-accent-text text-sm hover:underline">
            {words.back}
          </button>
        </>
      ) : (
        (passkey || providers.length > 0) && (
          <div className="flex flex-col gap-2">
            <p className="flex items-center gap-3 text-faint text-sm before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
              {words.or}
            </p>
            {passkey}
            {providers.map(({ id: provider, label }) => (
              <button
                key={provider}
                type="button"
                onClick={() => void signInWith(provider, destination())}
                className={otherStyle}
              >
                {label}
              </button>
            ))}
          </div>
        )
      )}
    </div>
  );
}

/** Browsers offer passkeys on https and localhost only. */
function useHasPasskeys(): boolean {
  return useIsInBrowser() && window.PublicKeyCredential !== undefined;
}

/** The first field of its step, which therefore gets the focus. */
function Labelled({ label, ...input }: { label: string } & ComponentProps<"input">) {
  const id = useId();
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="font-medium text-sm">
        {label}
      </label>
      <input
        {...input}
        id={id}
        required
        // biome-ignore lint/a11y/noAutofocus: it is what this page is for
        autoFocus
        dir="ltr"
        className={inputStyle}
      />
    </div>
  );
}

function Password({ words }: { words: Props["words"] }) {
  const id = useId();
  const [isShown, setShown] = useState(false);
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="font-medium text-sm">
        {words.password}
      </label>
      <span dir="ltr" className="relative">
        <input
          id={id}
          name="password"
          type={isShown ? "text" : "password"}
          autoComplete="current-password"
          required
          dir="ltr"
          className={`${inputStyle} pe-10`}
        />
        <button
          type="button"
          aria-label={isShown ? words.hide : words.show}
          aria-pressed={isShown}
          onClick={() => setShown(!isShown)}
          className="absolute inset-e-1 top-1 grid size-7 place-items-center rounded-md text-muted hover:bg-subtle hover:text-foreground"
        >
          <svg aria-hidden viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2" className="size-3.5">
            <path d="M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12Z" />
            <circle cx="12" cy="12" r="3" />
            {isShown && <path d="m4 20 16-16" strokeLinecap="round" />}
          </svg>
        </button>
      </span>
    </div>
  );
}
