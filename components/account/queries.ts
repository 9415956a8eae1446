import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/components/api/api";
import type { Locale } from "@/lib/contracts/locale";

export const accountQueries = {
  all: () => ["account"] as const,
  security: () =>
    queryOptions({
      queryKey: [...accountQueries.all(), "security"],
      queryFn: ({ signal }) => api.get("/me/security", "SecurityView", { signal }),
    }),
  sessions: () =>
    queryOptions({
      queryKey: [...accountQueries.all(), "sessions"],
      queryFn: async ({ signal }) => (await api.get("/me/sessions", "Sessions", { signal })).items,
    }),
};

/** Stores the signed-in person's language for their other browsers. */
export function useRememberLocale() {
  return useMutation({ mutationFn: (locale: Locale) => api.patch("/me", "AccountView", { locale }) });
}

/** A change of one's own account; the queries that show it are read again. */
function useAccountChange<Input, Output>(change: (input: Input) => Promise<Output>) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => void cache.invalidateQueries({ queryKey: accountQueries.all() }),
    gcTime: 0, // an answer may contain recovery codes, which are shown once
  });
}

export function useChangePassword() {
  return useAccountChange((input: { current: string; password: string; revokeTokens: boolean }) =>
    api.post("/me/password", "Nothing", input),
  );
}

export function useEndSession() {
  return useAccountChange((id: string) => api.delete(`/me/sessions/${id}`, "Nothing"));
}

export function useEndOtherSessions() {
  return useAccountChange(() => api.delete("/me/sessions", "Nothing"));
}

export function useOfferTotp() {
  return useMutation({ mutationFn: () => api.post("/me/totp", "TotpOffer"), gcTime: 0 });
}

export function useConfirmTotp() {
  return useAccountChange((code: string) => api.post("/me/totp/confirm", "RecoveryCodes", { code }));
}

export function useRemoveTotp() {
  return useAccountChange(() => api.delete("/me/totp", "Nothing"));
}

export function useRenewRecoveryCodes() {
  return useAccountChange(() => api.post("/me/recovery-codes", "RecoveryCodes"));
}

/** Asks this browser's authenticator. The passkey library is loaded on first use. */
export function useAddPasskey() {
  return useAccountChange(async (name: string) => {
    const { startRegistration } = await import("@simplewebauthn/browser");
    const optionsJSON = await api.post("/me/passkeys/options", "PasskeyOptions");
    const answer = await startRegistration({ optionsJSON: optionsJSON as never });
    return api.post("/me/passkeys", "RecoveryCodes", { name, answer });
  });
}

export function useRemovePasskey() {
  return useAccountChange((id: string) => api.delete(`/me/passkeys/${id}`, "Nothing"));
}
