import type { Metadata } from "next";
import type { ReactNode } from "react";
import { Prefetched, prefetch } from "@/components/layout/prefetched";
import { releaseQueries, serviceQueries } from "@/components/services/queries";
import { ServiceFrame } from "@/components/services/service-frame";
import { listReleases } from "@/lib/engine/releases/release-store";
import { findService } from "./find-service";

interface Props {
  params: Promise<{ name: string }>;
  children: ReactNode;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: (await findService((await params).name)).name };
}

export default async function ServiceLayout({ params, children }: Props) {
  const service = await findService((await params).name);
  const detail = prefetch(serviceQueries.detail(service.name), async () => service);
  const releases = prefetch(releaseQueries.list(service.name), () => listReleases(service.id));
  return (
    <Prefetched queries={[detail, releases]}>
      <ServiceFrame name={service.name}>{children}</ServiceFrame>
    </Prefetched>
  );
}
