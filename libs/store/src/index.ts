export { type Store, type StoreOptions, openStore } from './store.js';
