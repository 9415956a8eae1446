import { DeploymentSkeleton } from "@/components/deployments/deployment-skeleton";

export default function Loading() {
  return <DeploymentSkeleton />;
}
