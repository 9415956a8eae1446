import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { SignInForm } from "@/components/forms/sign-in-form";
import { SignInShell } from "@/components/layout/sign-in-shell";
import { currentUser } from "@/lib/auth/current-user";
import { configuredProviders } from "@/lib/auth/oauth-providers";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("signIn"))("title") };
}

interface Props {
  searchParams: Promise<{ next?: string; error?: string }>;
}

export default async function SignInPage({ searchParams }: Props) {
  if (await currentUser()) redirect("/");
  const { next, error } = await searchParams;
  return (
    <SignInShell>
      <SignInForm providers={configuredProviders()} next={next} error={error} />
    </SignInShell>
  );
}
