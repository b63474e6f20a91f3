export { type KeyStoreUnderTest, keyStoreContract } from './key-store-contract.js';
