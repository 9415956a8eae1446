import { ReleaseList } from "@/components/services/release-list";
import { findService } from "../find-service";

export default async function ServiceReleasesPage({ params }: { params: Promise<{ name: string }> }) {
  return <ReleaseList name={(await findService((await params).name)).name} />;
}
