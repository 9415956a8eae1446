"use client";

import type { ComponentProps } from "react";
import { useDeployNow } from "@/components/deployments/use-deploy-now";
import { Button } from "@/components/ui/button";

export function DeployButton({
  service,
  ...props
}: Omit<ComponentProps<typeof Button>, "onClick"> & { service: string }) {
  const deploy = useDeployNow();
  return <Button busy={deploy.busy} onClick={() => deploy.run(service)} {...props} />;
}
