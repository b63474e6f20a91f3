import type { ConfigCertificates } from '@org/bootstrap-client';
import { Secret } from '@org/domain';
import type { CertificateFiles, PlatformSession } from '@org/provisioning';
import type { MagistralaServices } from './services.js';
import type { CallOf } from './call.js';

type ConfigurationMethods = Pick<
  PlatformSession,
  | 'assertMember'
  | 'findConfiguration'
  | 'createConfiguration'
  | 'removeConfiguration'
  | 'setConfigurationEnabled'
  | 'updateContent'
  | 'storeCertificate'
  | 'bind'
>;

/**
 * Where a configuration says which run made it: the one place that Magistrala stores, lists and leaves alone.
 * Any member of any domain may read it, and a run's id is no secret.
 */
const RUN_ID_KEY = 'provision_run';

export function configurationMethods(
  {
    bootstrap: { configs, enrolments, profiles },
    configurationLimit,
  }: Pick<MagistralaServices, 'bootstrap' | 'configurationLimit'>,
  callOf: CallOf,
): ConfigurationMethods {
  return {
    async assertMember(signal) {
      // Of what changes nothing, listing profiles is what membership is checked for (Magistrala wire §4): listing
      // configurations is open to everybody, and viewing one answers 404 for unknown domains too.
      await profiles.list({ limit: 1 }, await callOf(signal));
    },
    async findConfiguration(externalId, signal) {
      const found = await configs.findByExternalId(externalId, await callOf(signal));
      if (!found) return undefined;
      const runId = found.renderContext[RUN_ID_KEY];
      return {
        id: found.id,
        name: found.name,
        enabled: found.status === 'enabled',
        runId: typeof runId === 'string' ? runId : undefined,
      };
    },
    async createConfiguration(
      { runId, name, externalId, externalKey, content, profileId, renderContext },
      signal,
    ) {
      const config = {
        name,
        externalId,
        externalKey: new Secret(externalKey),
        content: content === undefined ? undefined : new Secret(content),
        profileId,
        renderContext: { ...renderContext, [RUN_ID_KEY]: runId },
      };
      return configurationLimit.run(async () => configs.add(config, await callOf(signal)), signal);
    },
    removeConfiguration: async (id, signal) => configs.remove(id, await callOf(signal)),
    async setConfigurationEnabled(id, enabled, signal) {
      const call = await callOf(signal);
      return filesOf(enabled ? await configs.enable(id, call) : await configs.disable(id, call));
    },
    updateContent: async (id, { name, content }, signal) =>
      configs.update(id, { name, content: new Secret(content) }, await callOf(signal)),
    async storeCertificate(id, { clientCert, clientKey, caCert }, signal) {
      await configs.updateCerts(
        id,
        { clientCert, clientKey: new Secret(clientKey), caCert },
        await callOf(signal),
      );
    },
    bind: async (id, bindings, signal) => enrolments.bind(id, bindings, await callOf(signal)),
  };
}

function filesOf({ clientCert, clientKey, caCert }: ConfigCertificates): CertificateFiles | undefined {
  if (!clientCert || !clientKey) return undefined;
  return { clientCert, clientKey: clientKey.reveal(), caCert: caCert ?? '' };
}
