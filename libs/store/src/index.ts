export { localFiles } from './local-files.js';
export { type Store, type StoreOptions, openStore } from './store.js';
export { AuthorityFolder } from './authority/authority-folder.js';
export {
  type AuthorityPlan,
  type Succession,
  createAuthority,
  succeedAuthority,
} from './authority/found-authority.js';
