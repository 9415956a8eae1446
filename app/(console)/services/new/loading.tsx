import { FormSkeleton } from "@/components/forms/form-section";

export default function Loading() {
  return <FormSkeleton />;
}
