import { ServicePartSkeleton } from "@/components/services/service-skeleton";

export default function Loading() {
  return <ServicePartSkeleton />;
}
