export { isExposed } from './file-modes.js';
export { localFiles } from './local-files.js';
export { type Store, type StoreOptions, openStore, rekeyStore } from './store.js';
export { AuthorityFolder } from './authority/authority-folder.js';
export { AuthorityRecord } from './authority/authority-record.js';
export {
  type AuthorityStore,
  type KeyState,
  type KeyedAuthority,
  currentAuthority,
  existingAnchors,
  previousAuthorities,
  shownAnchors,
} from './authority/authority-store.js';
export { DatabaseAuthority } from './authority/database-authority.js';
export { RecordedFolder } from './authority/recorded-folder.js';
export {
  type AuthorityPlan,
  adoptAuthority,
  createAuthority,
  succeedAuthority,
} from './authority/found-authority.js';
export type { SealedValues } from './seal/sealed-values.js';
