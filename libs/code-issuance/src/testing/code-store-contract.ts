import { afterEach, beforeEach, describe } from '@jest/globals';
import type { CodeStore } from '../store/code-store.js';
import { askContract } from './ask-contract.js';
import { attemptContract } from './attempt-contract.js';
import { enrolmentContract } from './enrolment-contract.js';
import { pendingContract } from './pending-contract.js';

export interface CodeStoreUnderTest {
  readonly store: CodeStore;
  close(): Promise<void>;
}

/** What every code store must do; `open` gives an empty one. */
export function codeStoreContract(name: string, open: () => Promise<CodeStoreUnderTest>): void {
  describe(`code store contract: ${name}`, () => {
    let under: CodeStoreUnderTest;
    beforeEach(async () => {
      under = await open();
    });
    afterEach(() => under.close());

    enrolmentContract(() => under.store);
    pendingContract(() => under.store);
    attemptContract(() => under.store);
    askContract(() => under.store);
  });
}
