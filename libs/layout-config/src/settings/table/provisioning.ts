import { BUILT_IN_CONTENT } from '../../layout/built-in.js';
import * as kinds from '../kinds.js';
import { setting } from './setting.js';

/** What is made for a gateway. */
export const PROVISIONING = {
  layouts: setting({
    key: 'server.layouts',
    env: ['MG_PROVISION_LAYOUTS'],
    kind: kinds.text,
    doc: 'Folder of further layouts, NAME.toml each, that approvals can name.',
  }),
  x509: setting({
    key: 'bootstrap.x509_provision',
    env: ['MG_PROVISION_X509_PROVISIONING'],
    kind: kinds.flag,
    default: 'false',
    doc: 'Issue client certificates during provisioning.',
  }),
  bootstrap: setting({
    key: 'bootstrap.provision',
    env: ['MG_PROVISION_BS_CONFIG_PROVISIONING'],
    kind: kinds.flag,
    default: 'true',
    doc: 'Create a bootstrap configuration for the gateway.',
  }),
  configurationEnabled: setting({
    key: 'bootstrap.autowhite_list',
    env: ['MG_PROVISION_BS_AUTO_WHITELIST'],
    kind: kinds.flag,
    default: 'true',
    doc: 'Leave that configuration enabled. Defaults to false when no configuration is created.',
  }),
  externalKeyInMetadata: setting({
    key: 'bootstrap.external_key_in_metadata',
    env: ['MG_PROVISION_EXTERNAL_KEY_IN_METADATA'],
    kind: kinds.flag,
    default: 'false',
    doc: "Write the external key in plaintext into the gateway's metadata, as the original does.",
  }),
  profileId: setting({
    key: 'bootstrap.profile_id',
    env: ['MG_PROVISION_BS_PROFILE_ID'],
    kind: kinds.shortText(36),
    doc: 'Bootstrap profile to assign. Gateways then get what it renders.',
  }),
  content: setting({
    key: 'bootstrap.content',
    env: ['MG_PROVISION_BS_CONTENT'],
    kind: kinds.table,
    default: BUILT_IN_CONTENT,
    doc: "Bootstrap content: a JSON object (a table in TOML) that may hold references such as `${gateway.id}`. The built-in one is what today's Magistrala agent needs.",
  }),
  mqttUrl: setting({
    key: 'bootstrap.values.mqtt_url',
    env: ['MG_PROVISION_MQTT_URL'],
    kind: kinds.text,
    default: '',
    doc: 'MQTT address for gateways: what `${values.mqtt_url}` in content stands for.',
  }),
};
