import type { AttackCase } from '../case.js';
import { agent } from './agent.js';
import { bodies } from './bodies.js';
import { connections } from './connections.js';
import { enrolment } from './enrolment.js';
import { grpc } from './grpc.js';
import { requests } from './requests.js';
import { rights } from './rights.js';
import { slow } from './slow.js';
import { texts } from './texts.js';
import { tickets } from './tickets.js';

/** In this order: what fills up limits comes last. */
export const CASES: readonly AttackCase[] = [
  ...rights,
  ...tickets,
  ...texts,
  ...requests,
  ...bodies,
  ...grpc,
  ...agent,
  ...slow,
  ...connections,
  ...enrolment,
];
