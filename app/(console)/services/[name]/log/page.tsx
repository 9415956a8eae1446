import { RuntimeLog } from "@/components/services/runtime-log";
import { findService } from "../find-service";

export default async function ServiceLogPage({ params }: { params: Promise<{ name: string }> }) {
  return <RuntimeLog name={(await findService((await params).name)).name} />;
}
