import { ServiceSettings } from "@/components/services/service-settings";
import { listSourceFoldersFor } from "@/lib/services/source-folders";
import { uploadLimitBytes } from "@/lib/sources/archive/archive";
import { requireActor } from "@/lib/web/auth/current-user";
import { findService } from "../find-service";

export default async function ServiceSettingsPage({ params }: { params: Promise<{ name: string }> }) {
  const { name } = await findService((await params).name);
  return (
    <ServiceSettings
      name={name}
      {...(await listSourceFoldersFor(await requireActor()))}
      uploadLimitBytes={uploadLimitBytes()}
    />
  );
}
