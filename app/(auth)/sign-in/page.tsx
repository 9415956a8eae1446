import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { SignInShell } from "@/components/layout/sign-in-shell";
import { SIGN_IN_ERRORS, type SignInErrorKey } from "@/components/sign-in/sign-in-error-key";
import { SignInForm } from "@/components/sign-in/sign-in-form";
import { currentUser } from "@/lib/web/auth/current-user";
import { configuredProviders } from "@/lib/web/auth/oauth-providers";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("signIn"))("title") };
}

interface Props {
  searchParams: Promise<{ next?: string; error?: string }>;
}

export default async function SignInPage({ searchParams }: Props) {
  if (await currentUser()) redirect("/");
  const { next, error } = await searchParams;
  const t = await getTranslations();
  const words = {
    email: t("signIn.email"),
    password: t("signIn.password"),
    submit: t("signIn.submit"),
    or: t("signIn.or"),
    show: t("common.showPassword"),
    hide: t("common.hidePassword"),
    secondTitle: t("signIn.secondTitle"),
    secondText: t("signIn.secondText"),
    code: t("signIn.code"),
    passkey: t("signIn.usePasskey"),
    back: t("signIn.back"),
  };
  const errors = Object.fromEntries(SIGN_IN_ERRORS.map((key) => [key, t(`signIn.${key}`)])) as Record<
    SignInErrorKey,
    string
  >;
  const providers = configuredProviders().map(({ id, name }) => ({ id, label: t("signIn.with", { provider: name }) }));
  return (
    <SignInShell>
      <SignInForm providers={providers} next={next} error={error} words={words} errors={errors} />
      <p className="mt-4 text-pretty text-faint text-sm">{t("signIn.firstTime")}</p>
    </SignInShell>
  );
}
