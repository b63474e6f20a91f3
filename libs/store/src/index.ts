export { localFiles } from './local-files.js';
export type { SealedValue, SealedValueChange, SealedValues } from './seal/sealed-values.js';
export { type Store, type StoreOptions, openStore, rekeyStore } from './store.js';
export { AuthorityFolder } from './authority/authority-folder.js';
export {
  type AuthorityPlan,
  type Succession,
  createAuthority,
  succeedAuthority,
} from './authority/found-authority.js';
