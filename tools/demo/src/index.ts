export type { Measured } from './bench/bench.js';
export type { DemoReport } from './demo/demo.js';
export type { FaultsReport, KindReport } from './faults/report.js';
