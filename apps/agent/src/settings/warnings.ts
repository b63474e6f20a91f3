import { type Warning, formatProblem } from '@org/domain';
import { note } from '../output/print.js';

export function noteWarnings(warnings: readonly Warning[]): void {
  for (const warning of warnings) note(`warning: ${formatProblem(warning)}`);
}
