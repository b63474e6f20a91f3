import { aKey, type KeyKind } from '@org/test-support';
import { keySigner, type Signer } from '../../src/index.js';

export const aSigner = (kind: KeyKind = 'P-256', n = 0): Signer => keySigner(aKey(kind, n));
