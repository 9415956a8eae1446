import { FormSkeleton } from "@/components/services/form-skeleton";

export default function Loading() {
  return <FormSkeleton />;
}
