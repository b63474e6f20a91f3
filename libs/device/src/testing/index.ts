export { keyStoreContract } from './key-store-contract.js';
export { type SoftHsm, makeSoftHsm } from './soft-hsm.js';
