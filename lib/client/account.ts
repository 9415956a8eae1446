import { useMutation } from "@tanstack/react-query";
import type { Locale } from "@/lib/contracts/locale";
import { AccountView } from "@/lib/contracts/user";
import { api } from "./api";

/** Of whoever is signed in, for their other browsers. */
export function useRememberLocale() {
  return useMutation({ mutationFn: (locale: Locale) => api.patch("/me", AccountView, { locale }) });
}
