export { EXIT } from './exit-codes.js';
export { agentProgram } from './program.js';
export { VERSION } from './version.js';
