import type { RouteModules } from "@/lib/web/http/openapi";
import * as audit from "./audit/route";
import * as backups from "./backups/route";
import * as capabilities from "./capabilities/route";
import * as checkName from "./check/[name]/route";
import * as dependencies from "./dependencies/route";
import * as deployJobIdRollback from "./deploy/[jobId]/rollback/route";
import * as deployJobId from "./deploy/[jobId]/route";
import * as deployHistoryServiceName from "./deploy/history/[serviceName]/route";
import * as deploy from "./deploy/route";
import * as deploymentDeploymentId from "./deployment/[deploymentId]/route";
import * as deploymentsDeploymentIdCancel from "./deployments/[deploymentId]/cancel/route";
import * as deploymentsDeploymentIdEvents from "./deployments/[deploymentId]/events/route";
import * as deploymentsDeploymentIdLogs from "./deployments/[deploymentId]/logs/route";
import * as deploymentsDeploymentIdRetry from "./deployments/[deploymentId]/retry/route";
import * as deploymentsDeploymentIdRollback from "./deployments/[deploymentId]/rollback/route";
import * as deploymentsDeploymentId from "./deployments/[deploymentId]/route";
import * as deployments from "./deployments/route";
import * as gitTest from "./git/test/route";
import * as health from "./health/route";
import * as hooksServiceId from "./hooks/[serviceId]/route";
import * as imageRegistriesRegistryId from "./image-registries/[registryId]/route";
import * as imageRegistries from "./image-registries/route";
import * as mePasskeysPasskeyId from "./me/passkeys/[passkeyId]/route";
import * as mePasskeysOptions from "./me/passkeys/options/route";
import * as mePasskeys from "./me/passkeys/route";
import * as mePassword from "./me/password/route";
import * as meRecoveryCodes from "./me/recovery-codes/route";
import * as me from "./me/route";
import * as meSecurity from "./me/security/route";
import * as meSessionsSessionId from "./me/sessions/[sessionId]/route";
import * as meSessions from "./me/sessions/route";
import * as meTotpConfirm from "./me/totp/confirm/route";
import * as meTotp from "./me/totp/route";
import * as message from "./message/route";
import * as metrics from "./metrics/route";
import * as notificationsChannelsChannelId from "./notifications/channels/[channelId]/route";
import * as notificationsChannels from "./notifications/channels/route";
import * as notificationsChannelsTest from "./notifications/channels/test/route";
import * as notificationsDeliveriesNotificationIdRedeliver from "./notifications/deliveries/[notificationId]/redeliver/route";
import * as notificationsDeliveries from "./notifications/deliveries/route";
import * as notificationsRulesRuleId from "./notifications/rules/[ruleId]/route";
import * as notificationsRules from "./notifications/rules/route";
import * as overview from "./overview/route";
import * as registrations from "./registrations/route";
import * as registryCapabilities from "./registry/capabilities/route";
import * as registryDependencies from "./registry/dependencies/route";
import * as registryDropletsDropletId from "./registry/droplets/[dropletId]/route";
import * as registryDropletsNameName from "./registry/droplets/name/[name]/route";
import * as registryDroplets from "./registry/droplets/route";
import * as registryHealth from "./registry/health/route";
import * as registryMessage from "./registry/message/route";
import * as registryRegister from "./registry/register/route";
import * as registryState from "./registry/state/route";
import * as servicesNameCheck from "./services/[name]/check/route";
import * as servicesNameCommits from "./services/[name]/commits/route";
import * as servicesNameEnvironmentVariable from "./services/[name]/environment/[variable]/route";
import * as servicesNameEnvironment from "./services/[name]/environment/route";
import * as servicesNameGitHostKey from "./services/[name]/git/host-key/route";
import * as servicesNameGitKey from "./services/[name]/git/key/route";
import * as servicesNameGit from "./services/[name]/git/route";
import * as servicesNameGitToken from "./services/[name]/git/token/route";
import * as servicesNameHistory from "./services/[name]/history/route";
import * as servicesNameHookDeliveriesDeliveryIdRedeliver from "./services/[name]/hook/deliveries/[deliveryId]/redeliver/route";
import * as servicesNameHookDeliveries from "./services/[name]/hook/deliveries/route";
import * as servicesNameHook from "./services/[name]/hook/route";
import * as servicesNameLogs from "./services/[name]/logs/route";
import * as servicesNameReleasesCompareFile from "./services/[name]/releases/compare/file/route";
import * as servicesNameReleasesCompare from "./services/[name]/releases/compare/route";
import * as servicesNameReleases from "./services/[name]/releases/route";
import * as servicesNameRollback from "./services/[name]/rollback/route";
import * as servicesNameRollbackPreview from "./services/[name]/rollback-preview/route";
import * as servicesName from "./services/[name]/route";
import * as servicesNameState from "./services/[name]/state/route";
import * as servicesNameUptime from "./services/[name]/uptime/route";
import * as servicesNameUsage from "./services/[name]/usage/route";
import * as services from "./services/route";
import * as signInPasskeyOptions from "./sign-in/passkey-options/route";
import * as stackName from "./stack/[name]/route";
import * as stacksNameRepair from "./stacks/[name]/repair/route";
import * as stacksName from "./stacks/[name]/route";
import * as stacksOffers from "./stacks/offers/route";
import * as stacks from "./stacks/route";
import * as state from "./state/route";
import * as statusDeploymentId from "./status/[deploymentId]/route";
import * as targetsNameCheck from "./targets/[name]/check/route";
import * as targetsNameDrift from "./targets/[name]/drift/route";
import * as targetsNameOrphansRemove from "./targets/[name]/orphans/remove/route";
import * as targetsNameOrphans from "./targets/[name]/orphans/route";
import * as targetsName from "./targets/[name]/route";
import * as targetsHostKey from "./targets/host-key/route";
import * as targets from "./targets/route";
import * as targetsTest from "./targets/test/route";
import * as templatesName from "./templates/[name]/route";
import * as templates from "./templates/route";
import * as tokensTokenId from "./tokens/[tokenId]/route";
import * as tokens from "./tokens/route";
import * as uploadsUploadId from "./uploads/[uploadId]/route";
import * as uploads from "./uploads/route";
import * as usersUserIdAccountsAccountId from "./users/[userId]/accounts/[accountId]/route";
import * as usersUserIdAccounts from "./users/[userId]/accounts/route";
import * as usersUserId from "./users/[userId]/route";
import * as users from "./users/route";
import * as usersUnlinkedAccounts from "./users/unlinked-accounts/route";

/**
 * Every route file under app/api that uses route(), by its path. The OpenAPI document, the tools of agents and the
 * access table are generated from this list; a test compares it with the files.
 */
export const ROUTES = {
  "/api/audit": audit,
  "/api/backups": backups,
  "/api/capabilities": capabilities,
  "/api/check/[name]": checkName,
  "/api/dependencies": dependencies,
  "/api/deploy": deploy,
  "/api/deploy/[jobId]": deployJobId,
  "/api/deploy/[jobId]/rollback": deployJobIdRollback,
  "/api/deploy/history/[serviceName]": deployHistoryServiceName,
  "/api/deployment/[deploymentId]": deploymentDeploymentId,
  "/api/deployments": deployments,
  "/api/deployments/[deploymentId]": deploymentsDeploymentId,
  "/api/deployments/[deploymentId]/cancel": deploymentsDeploymentIdCancel,
  "/api/deployments/[deploymentId]/events": deploymentsDeploymentIdEvents,
  "/api/deployments/[deploymentId]/logs": deploymentsDeploymentIdLogs,
  "/api/deployments/[deploymentId]/retry": deploymentsDeploymentIdRetry,
  "/api/deployments/[deploymentId]/rollback": deploymentsDeploymentIdRollback,
  "/api/git/test": gitTest,
  "/api/health": health,
  "/api/hooks/[serviceId]": hooksServiceId,
  "/api/image-registries": imageRegistries,
  "/api/image-registries/[registryId]": imageRegistriesRegistryId,
  "/api/me": me,
  "/api/me/passkeys": mePasskeys,
  "/api/me/passkeys/[passkeyId]": mePasskeysPasskeyId,
  "/api/me/passkeys/options": mePasskeysOptions,
  "/api/me/password": mePassword,
  "/api/me/recovery-codes": meRecoveryCodes,
  "/api/me/security": meSecurity,
  "/api/me/sessions": meSessions,
  "/api/me/sessions/[sessionId]": meSessionsSessionId,
  "/api/me/totp": meTotp,
  "/api/me/totp/confirm": meTotpConfirm,
  "/api/message": message,
  "/api/metrics": metrics,
  "/api/notifications/channels": notificationsChannels,
  "/api/notifications/channels/[channelId]": notificationsChannelsChannelId,
  "/api/notifications/channels/test": notificationsChannelsTest,
  "/api/notifications/deliveries": notificationsDeliveries,
  "/api/notifications/deliveries/[notificationId]/redeliver": notificationsDeliveriesNotificationIdRedeliver,
  "/api/notifications/rules": notificationsRules,
  "/api/notifications/rules/[ruleId]": notificationsRulesRuleId,
  "/api/overview": overview,
  "/api/registrations": registrations,
  "/api/registry/capabilities": registryCapabilities,
  "/api/registry/dependencies": registryDependencies,
  "/api/registry/droplets": registryDroplets,
  "/api/registry/droplets/[dropletId]": registryDropletsDropletId,
  "/api/registry/droplets/name/[name]": registryDropletsNameName,
  "/api/registry/health": registryHealth,
  "/api/registry/message": registryMessage,
  "/api/registry/register": registryRegister,
  "/api/registry/state": registryState,
  "/api/services": services,
  "/api/services/[name]": servicesName,
  "/api/services/[name]/check": servicesNameCheck,
  "/api/services/[name]/commits": servicesNameCommits,
  "/api/services/[name]/environment": servicesNameEnvironment,
  "/api/services/[name]/environment/[variable]": servicesNameEnvironmentVariable,
  "/api/services/[name]/git": servicesNameGit,
  "/api/services/[name]/git/host-key": servicesNameGitHostKey,
  "/api/services/[name]/git/key": servicesNameGitKey,
  "/api/services/[name]/git/token": servicesNameGitToken,
  "/api/services/[name]/history": servicesNameHistory,
  "/api/services/[name]/hook": servicesNameHook,
  "/api/services/[name]/hook/deliveries": servicesNameHookDeliveries,
  "/api/services/[name]/hook/deliveries/[deliveryId]/redeliver": servicesNameHookDeliveriesDeliveryIdRedeliver,
  "/api/services/[name]/logs": servicesNameLogs,
  "/api/services/[name]/releases/compare": servicesNameReleasesCompare,
  "/api/services/[name]/releases/compare/file": servicesNameReleasesCompareFile,
  "/api/services/[name]/releases": servicesNameReleases,
  "/api/services/[name]/rollback": servicesNameRollback,
  "/api/services/[name]/rollback-preview": servicesNameRollbackPreview,
  "/api/services/[name]/state": servicesNameState,
  "/api/services/[name]/uptime": servicesNameUptime,
  "/api/services/[name]/usage": servicesNameUsage,
  "/api/sign-in/passkey-options": signInPasskeyOptions,
  "/api/stack/[name]": stackName,
  "/api/stacks": stacks,
  "/api/stacks/[name]": stacksName,
  "/api/stacks/[name]/repair": stacksNameRepair,
  "/api/stacks/offers": stacksOffers,
  "/api/state": state,
  "/api/status/[deploymentId]": statusDeploymentId,
  "/api/targets": targets,
  "/api/targets/[name]": targetsName,
  "/api/targets/[name]/check": targetsNameCheck,
  "/api/targets/[name]/drift": targetsNameDrift,
  "/api/targets/[name]/orphans": targetsNameOrphans,
  "/api/targets/[name]/orphans/remove": targetsNameOrphansRemove,
  "/api/targets/host-key": targetsHostKey,
  "/api/targets/test": targetsTest,
  "/api/templates": templates,
  "/api/templates/[name]": templatesName,
  "/api/tokens": tokens,
  "/api/tokens/[tokenId]": tokensTokenId,
  "/api/uploads": uploads,
  "/api/uploads/[uploadId]": uploadsUploadId,
  "/api/users": users,
  "/api/users/[userId]": usersUserId,
  "/api/users/[userId]/accounts": usersUserIdAccounts,
  "/api/users/[userId]/accounts/[accountId]": usersUserIdAccountsAccountId,
  "/api/users/unlinked-accounts": usersUnlinkedAccounts,
} as const satisfies RouteModules;
