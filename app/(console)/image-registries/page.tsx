import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { Forbidden } from "@/components/layout/forbidden";
import { Prefetched, prefetch } from "@/components/layout/prefetched";
import { ImageRegistryList } from "@/components/sources/image-registry-list";
import { imageRegistryQueries } from "@/components/sources/queries";
import { can } from "@/lib/contracts/permission";
import { listImageRegistries } from "@/lib/sources/image/image-registries";
import { requireActor } from "@/lib/web/auth/current-user";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("imageRegistries"))("title") };
}

export default async function ImageRegistriesPage() {
  const actor = await requireActor();
  if (!can(actor, "image-registry:read")) return <Forbidden />;
  return (
    <Prefetched queries={[prefetch(imageRegistryQueries.list(), listImageRegistries)]}>
      <ImageRegistryList />
    </Prefetched>
  );
}
