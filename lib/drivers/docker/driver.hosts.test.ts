import { takeHost } from "@/e2e/hosts/take-host";
import { driverContract } from "../contract/driver-contract";
import { dockerUnderTest } from "./contract/docker-under-test";

driverContract(await dockerUnderTest(await takeHost()));
