import { EnvironmentPanel } from "@/components/services/environment-panel";
import { findService } from "../find-service";

export default async function ServiceEnvironmentPage({ params }: { params: Promise<{ name: string }> }) {
  return <EnvironmentPanel name={(await findService((await params).name)).name} />;
}
