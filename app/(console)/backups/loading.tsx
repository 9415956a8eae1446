import { ListSkeleton } from "@/components/layout/page";

export default function Loading() {
  return <ListSkeleton />;
}
