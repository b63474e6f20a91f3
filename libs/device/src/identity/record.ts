import { Secret } from '@org/domain';
import { type AccessJson, accessFromJson, accessToJson } from './access-json.js';
import type { BootstrapAccess } from './issued.js';

/** What is to be known of an identity beside its certificates. */
interface IdentityRecord {
  /** True when someone had put a root certificate on the disk before the first enrolment. */
  readonly rootWasPinned: boolean;
  readonly bootstrap: BootstrapAccess | undefined;
}

interface RecordJson {
  readonly version: 1;
  readonly rootWasPinned: boolean;
  readonly bootstrap?: AccessJson;
}

export function formatRecord({ rootWasPinned, bootstrap }: IdentityRecord): Secret {
  const json: RecordJson = {
    version: 1,
    rootWasPinned,
    ...(bootstrap && { bootstrap: accessToJson(bootstrap) }),
  };
  return new Secret(`${JSON.stringify(json, undefined, 2)}\n`);
}

/** Nothing in it is worth stopping for: what cannot be read counts as absent. */
export function readRecord(text: string | undefined): IdentityRecord | undefined {
  try {
    const { rootWasPinned, bootstrap } = JSON.parse(text ?? '') as RecordJson;
    return { rootWasPinned, bootstrap: bootstrap && accessFromJson(bootstrap) };
  } catch {
    return undefined;
  }
}
