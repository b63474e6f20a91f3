export { EXPLANATIONS, TOPICS } from './explain/explanations.js';
export type { Explanation, Topic } from './explain/explanation.js';
export { provisionProgram } from './program.js';
